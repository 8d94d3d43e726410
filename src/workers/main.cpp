#include "workers/run.hpp"

int main(int argc, char** argv) {
  return everai::workers::run(argc, argv);
}
