#include "probe.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "../csrc/core/parallel.h"
#include "launch.h"

namespace mushin::bench {

#if defined(__x86_64__) || defined(_M_X64)
extern const ProbeTable probe_avx512, probe_avx2, probe_baseline;
#else
extern const ProbeTable probe_baseline;
#endif

namespace {

constexpr int64_t bytes_per_pass = int64_t(8) << 20;  // what a thread moves in one pass at least
constexpr int64_t largest_working_set = int64_t(256) << 20;
constexpr int64_t alignment = 4096;
constexpr int64_t multiply_adds = 20000;
constexpr int exchanges = 2000;

const ProbeTable& table() {
#if defined(__x86_64__) || defined(_M_X64)
  for (const ProbeTable* each : {&probe_avx512, &probe_avx2})
    if (std::strcmp(each->isa, kernel_table().isa) == 0) return *each;
#endif
  return probe_baseline;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Seconds of a pass in which every thread does its part: the mean of as many as `longer_than` holds, after one that
/// wakes up cores and caches. The quickest would be a moment that no work of some length sees.
template <class F>
double seconds_of_pass(double longer_than, const F& part) {
  const auto pass = [&] {
    parallel_for(
        num_threads(), 1, [](void* context, int64_t first, int64_t) { (*static_cast<const F*>(context))(first); },
        const_cast<void*>(static_cast<const void*>(&part)));
  };
  pass();
  const auto begin = std::chrono::steady_clock::now();
  for (int passes = 1;; ++passes) {
    pass();
    const double seconds = seconds_since(begin);
    if (seconds >= longer_than) return seconds / passes;
  }
}

/// Memory that has been written once, so that no pass meets a fresh page.
float* memory(std::unique_ptr<Array<float>>& kept, int64_t n) {
  if (!kept || kept->size() < n) {
    kept.reset();
    kept = std::make_unique<Array<float>>(std::vector<int64_t>{n});
    std::fill_n(kept->data(), n, 1.0f);
  }
  return kept->data();
}

}  // namespace

Peak probe(double working_set, Bandwidths wanted, double seconds) {
  static std::unique_ptr<Array<float>> streams, tiles;
  const ProbeTable& probes = table();
  const int threads = num_threads();
  Peak peak{};
  peak.multiply_add = probes.flops_per_round * multiply_adds * threads /
                      seconds_of_pass(seconds, [&](int64_t) { probes.multiply_add(multiply_adds); });
  // The operands of one thread begin at a page, and not where the other's do.
  const int64_t tile_memory = (probes.tile_memory / 1024 + 1) * 1024 + 128;
  float* const operands = memory(tiles, tile_memory * threads);
  peak.microkernel = probes.tile_flops * threads / seconds_of_pass(seconds, [&](int64_t part) {
                       probes.multiply_tiles(operands + part * tile_memory);
                     });

  const int64_t of_thread = int64_t(std::min(working_set, double(largest_working_set))) / (2 * threads);
  const int64_t half = (of_thread / alignment + 1) * alignment;  // bytes of its source, and of its destination
  const int64_t n = half / int64_t(sizeof(float)), repeats = std::max<int64_t>(1, bytes_per_pass / (2 * half));
  float* const all = memory(streams, 2 * n * threads);  // a thread's destination lies behind its source
  const double bytes = double(2 * half) * double(repeats) * threads;
  const auto bytes_per_second = [&](auto pass) {
    return bytes / seconds_of_pass(seconds, [&](int64_t part) {
             for (int64_t i = 0; i < repeats; ++i) pass(all + part * 2 * n);
           });
  };
  if (wanted.read) peak.read = bytes_per_second([&](float* source) { probes.read(source, 2 * n); });
  if (wanted.copy)
    peak.copy = std::max(bytes_per_second([&](float* source) { probes.copy(source + n, source, n); }),
                         bytes_per_second([&](float* source) { probes.copy_past_cache(source + n, source, n); }));
  return peak;
}

double probe_exchange() {
  if (std::thread::hardware_concurrency() < 2) return 0;
  // Whose turn it is: the line goes to the other core and comes back.
  std::atomic<int> turn{0};
  const auto play = [&turn](int mine) {
    for (int i = 0; i < exchanges; ++i) {
      for (int64_t spins = 1; turn.load(std::memory_order_acquire) != mine; ++spins)
        if (spins % 100000 == 0) std::this_thread::yield();  // the other one has lost its core
      turn.store(1 - mine, std::memory_order_release);
    }
  };
  std::thread other(play, 1);
  const auto begin = std::chrono::steady_clock::now();
  play(0);
  const double seconds = seconds_since(begin);
  other.join();
  return seconds / (2 * exchanges);
}

}  // namespace mushin::bench
