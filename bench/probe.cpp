#include "probe.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>

#include "../csrc/core/parallel.h"
#include "launch.h"

namespace mushin::bench {

#if defined(__x86_64__) || defined(_M_X64)
extern const ProbeTable probe_avx512, probe_avx2, probe_baseline;
#else
extern const ProbeTable probe_baseline;
#endif

namespace {

constexpr int64_t bytes_per_part = int64_t(8) << 20;  // what a thread moves in one round at least
constexpr int64_t largest_working_set = int64_t(256) << 20;
constexpr int64_t alignment = 4096;
constexpr int least_rounds = 8;
// A last cache that learns what is worth keeping takes many passes to hold a large array.
constexpr double least_seconds = 0.04;

const ProbeTable& table() {
#if defined(__x86_64__) || defined(_M_X64)
  for (const ProbeTable* each : {&probe_avx512, &probe_avx2})
    if (std::strcmp(each->isa, kernel_table().isa) == 0) return *each;
#endif
  return probe_baseline;
}

/// Seconds of the quickest of several rounds in which every thread does its part.
template <class F>
double quickest(int threads, const F& part, int rounds = least_rounds, double longer_than = least_seconds) {
  double best = std::numeric_limits<double>::infinity(), total = 0;
  for (int round = 0; round < rounds || total < longer_than; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    parallel_for(
        threads, 1, [](void* context, int64_t first, int64_t) { (*static_cast<const F*>(context))(first); },
        const_cast<void*>(static_cast<const void*>(&part)));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::min(best, seconds);
    total += seconds;
  }
  return best;
}

/// Memory that has been written once, so that no round meets a fresh page.
float* memory(int64_t bytes) {
  static std::unique_ptr<Array<float>> kept;
  const int64_t n = bytes / int64_t(sizeof(float));
  if (!kept || kept->size() < n) {
    kept.reset();
    kept = std::make_unique<Array<float>>(std::vector<int64_t>{n});
    std::fill_n(kept->data(), n, 1.0f);
  }
  return kept->data();
}

constexpr int64_t multiply_adds = 20000;

}  // namespace

double probe_flops() {
  const int threads = num_threads();
  const double seconds = quickest(threads, [](int64_t) { table().multiply_add(multiply_adds); }, 4, 0);
  return table().flops_per_round * multiply_adds * threads / seconds;
}

Peak probe(double working_set) {
  const ProbeTable& probes = table();
  const int threads = num_threads();
  const int64_t wanted = int64_t(std::min(working_set, double(largest_working_set))) / (2 * threads);
  const int64_t half = (wanted / alignment + 1) * alignment;  // bytes of a thread's source, and of its destination
  const int64_t n = half / int64_t(sizeof(float)), repeats = std::max<int64_t>(1, bytes_per_part / (2 * half));
  float* const all = memory(2 * half * threads);  // a thread's destination lies behind its source

  const double flops = probes.flops_per_round * multiply_adds * threads;
  const double fma_seconds = quickest(threads, [&](int64_t) { probes.multiply_add(multiply_adds); });
  const auto seconds = [&](auto pass) {
    return quickest(threads, [&](int64_t part) {
      for (int64_t i = 0; i < repeats; ++i) pass(all + part * 2 * n);
    });
  };
  const double read_seconds = seconds([&](float* source) { probes.read(source, 2 * n); });
  const double update_seconds = seconds([&](float* data) { probes.update(data, 2 * n); });
  const double copy_seconds = std::min(seconds([&](float* source) { probes.copy(source + n, source, n); }),
                                       seconds([&](float* source) { probes.copy_past_cache(source + n, source, n); }));
  const double bytes = double(2 * half) * double(repeats) * threads;
  return {flops / fma_seconds, bytes / read_seconds, bytes / copy_seconds, 2 * bytes / update_seconds};
}

}  // namespace mushin::bench
