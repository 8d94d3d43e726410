// Runs a fuzz target over the files of its corpus, as the ordinary tests do.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "../support/files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) {
        continue;
      }
      const std::string text = everai::test::read_file(entry.path());
      // Cut off at every place, too: so a writer's crash would leave it.
      for (std::size_t size = 0; size <= text.size(); ++size) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), size);
      }
      ++files;
    }
  }
  std::printf("%d files\n", files);
  return files > 0 ? 0 : 1;
}
