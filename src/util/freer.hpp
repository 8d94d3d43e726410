#pragma once

namespace everai {

/// Lets a `unique_ptr` own what a C library frees with a function of its own.
template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* thing) const {
    Free(thing);
  }
};

}  // namespace everai
