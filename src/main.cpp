#include "app/run.hpp"

int main(int argc, char** argv) {
  return everai::app::run(argc, argv);
}
