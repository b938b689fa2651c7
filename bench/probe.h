// The machine's limits, measured: fused multiply-adds, the product's microkernel, reading, copying, a cache line's way
// from core to core.
#pragma once
#include <cstdint>

namespace mushin::bench {

/// The probes of one ISA. Plain functions: they are shared by object files of every ISA.
struct ProbeTable {
  const char* isa;
  double flops_per_round;
  void (*multiply_add)(int64_t rounds);  // in registers, as many independent sums as hide the latency
  double tile_flops;                     // of one call of multiply_tiles
  int64_t tile_memory;                   // numbers of its operands and its tile
  void (*multiply_tiles)(float* memory);
  void (*read)(const float* from, int64_t n);
  void (*copy)(float* to, const float* from, int64_t n);
  void (*copy_past_cache)(float* to, const float* from, int64_t n);
};

/// In numbers and in bytes a second, what is read and what is written both counted; with all threads of the library's
/// team at work.
struct Peak {
  double multiply_add;  // in registers
  double microkernel;   // the product's tiles, on packed operands that stay in the second-level cache
  double read, copy;
};

/// Which of a peak's bandwidths are wanted.
struct Bandwidths {
  bool read, copy;
};

/// Measures the limits at this moment, as far as they are wanted, for a working set of so many bytes: what fits into a
/// cache is read from it. Each is measured for so many `seconds` at least.
Peak probe(double working_set, Bandwidths wanted, double seconds);

/// Seconds that a cache line takes from one core to another, or zero on one core.
double probe_exchange();

}  // namespace mushin::bench
