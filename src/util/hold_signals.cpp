#include "util/program.hpp"

namespace everai {
namespace {

/// Runs before the initialisation of our own objects, which takes longer than all that follows: the
/// library of the command line has regular expressions.
[[gnu::constructor(101)]] void hold_signals_at_start() {
  hold_signals();
}

}  // namespace
}  // namespace everai
