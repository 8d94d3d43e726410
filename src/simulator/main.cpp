#include "simulator/cli.hpp"

int main(int argc, char** argv) {
  return everai::simulator::run(argc, argv);
}
