// The machine's limits, measured: fused multiply-adds, reading, copying, changing in place.
#pragma once
#include <cstdint>

namespace mushin::bench {

/// The probes of one ISA. Plain functions: they are shared by object files of every ISA.
struct ProbeTable {
  const char* isa;
  double flops_per_round;
  void (*multiply_add)(int64_t rounds);  // in registers, as many independent sums as hide the latency
  void (*read)(const float* from, int64_t n);
  void (*copy)(float* to, const float* from, int64_t n);
  void (*copy_past_cache)(float* to, const float* from, int64_t n);
  void (*update)(float* data, int64_t n);
};

/// In numbers and in bytes a second, what is read and what is written both counted; with all threads of the library's
/// team at work.
struct Peak {
  double flops, read, copy, update;
};

/// Multiply-adds a second at this moment: the quickest of a few short rounds, whose clock rate is that of the work just
/// before.
double probe_flops();

/// Measures the limits for a working set of so many bytes: what fits into a cache is read from it.
Peak probe(double working_set);

}  // namespace mushin::bench
