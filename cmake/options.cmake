# everai_options: what every object is compiled with. everai_warnings: what our own code is held to.
if(EVERAI_SANITIZE)
  set(EVERAI_SANITIZED ON) # a list of sanitizers has commas, which generator expressions split at
endif()

add_library(everai_options INTERFACE)
target_compile_features(everai_options INTERFACE cxx_std_20)
target_compile_options(everai_options INTERFACE
  -fno-omit-frame-pointer
  -fstack-protector-strong
  $<$<AND:$<CONFIG:Release>,$<NOT:$<BOOL:${EVERAI_SANITIZED}>>>:-D_FORTIFY_SOURCE=2>)
target_link_options(everai_options INTERFACE -Wl,-z,relro,-z,now)
target_link_libraries(everai_options INTERFACE Threads::Threads)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(EVERAI_SANITIZED)
  target_compile_options(everai_options INTERFACE -fsanitize=${EVERAI_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(everai_options INTERFACE -fsanitize=${EVERAI_SANITIZE})
endif()

add_library(everai_warnings INTERFACE)
target_compile_options(everai_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wdouble-promotion -Wformat=2
  -Wextra-semi -Wsuggest-override
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wuseless-cast>
  # GCC 12 reports std::string operations that are in order.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${EVERAI_DEVELOPER}>:-Werror>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${EVERAI_SANITIZED}>>:-Wno-error=maybe-uninitialized>
  $<$<BOOL:${EVERAI_SANITIZED}>:-Wno-error=null-dereference>)
