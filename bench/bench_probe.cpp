// Answers each line on its standard input with the machine's limits at that moment, a line of JSON.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../csrc/core/flush.h"
#include "../csrc/core/parallel.h"
#include "probe.h"

namespace {

constexpr double working_set = 100e6;  // bytes: beyond the second-level caches
constexpr double seconds = 0.004;      // that each limit is probed for at least

void answer() {
  const auto peak = mushin::bench::probe(working_set, {true, true}, seconds);
  std::printf("{\"fma\": %.6g, \"microkernel\": %.6g, \"read\": %.6g, \"copy\": %.6g, \"exchange\": %.6g}\n",
              peak.multiply_add, peak.microkernel, peak.read, peak.copy, mushin::bench::probe_exchange());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const char option[] = "--threads=";
  for (int i = 1; i < argc; ++i) {
    const int threads =
        std::strncmp(argv[i], option, sizeof option - 1) == 0 ? std::atoi(argv[i] + sizeof option - 1) : 0;
    if (threads < 1 || threads > 256) {
      std::fprintf(stderr, "usage: bench_probe [--threads=N]   N in [1, 256], got %s\n", argv[i]);
      return 2;
    }
    mushin::set_num_threads(threads);
  }
  const mushin::FlushSubnormals flush;
  for (int character = std::getchar(); character != EOF; character = std::getchar())
    if (character == '\n') answer();
  return 0;
}
