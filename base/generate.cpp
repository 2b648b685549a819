// Writes docs/metrics.md from the declared metrics: ankkor_metrics_docs DIRECTORY
#include "base/metrics.hpp"

#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: ankkor_metrics_docs DIRECTORY\n";
    return 2;
  }
  std::ofstream file(std::string(argv[1]) + "/metrics.md", std::ios::binary);
  file << ankkor::metrics::docs_markdown();
  return file.flush() ? 0 : 1;
}
