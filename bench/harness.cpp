#include "harness.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "../csrc/core/flush.h"
#include "../csrc/core/parallel.h"
#include "probe.h"

namespace mushin::bench {
namespace {

/// A round is long enough that a probe of the multiply-adds after it disturbs little, short enough that the clock
/// rate does not change meanwhile.
constexpr double round_seconds = 0.005;

bool any_wrong = false;
std::vector<int> thread_counts = {1, 2};

struct Named {
  std::string name;
  std::function<Case()> make;
};

std::vector<Named>& all_cases() {
  static std::vector<Named> cases;
  return cases;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The case whose turn it is. Google Benchmark calls a benchmark several times to find its number of iterations: the
/// case is made once, and checked once for each number of threads; the limit is measured then too, so that the runs
/// find their arrays where the last run left them.
struct Current {
  const Named* named = nullptr;
  Case made;
  int threads = 0;
  double error = 0;
  Peak peak = {};
  int64_t runs_per_round = 1;
};

Current& prepare(const Named& named, int threads) {
  static Current current;
  if (current.named != &named) {
    current = Current{};
    pool_clear();
    current.made = named.make();
    current.named = &named;
  }
  if (current.threads != threads) {
    current.made.reset();
    current.made.run();
    current.error = current.made.error();
    const Work& work = current.made.work;
    if (current.error <= 1) current.peak = probe(work.read + work.written + work.updated);
    const auto begin = std::chrono::steady_clock::now();
    current.made.run();
    current.runs_per_round = 1 + int64_t(round_seconds / seconds_since(begin));
    current.threads = threads;
  }
  return current;
}

double bytes_moved(const Work& work) { return work.read + work.written + 2 * work.updated; }

/// The least time in which the machine could do the work. What is overwritten costs a copy, for which as much is read.
double limit_seconds(const Work& work, const Peak& peak) {
  const double memory = 2 * work.written / peak.copy + 2 * work.updated / peak.update +
                        std::max(0.0, work.read - work.written) / peak.read;
  return std::max(work.flops / peak.flops, memory);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Rounds of one case: how long a run took, and how fast the machine multiplied and added just before and after.
struct Rounds {
  std::vector<double> seconds, flops, shares;

  void add(const Work& work, Peak peak, double seconds_of_run, double flops_around) {
    peak.flops = flops_around;
    seconds.push_back(seconds_of_run);
    flops.push_back(flops_around);
    shares.push_back(limit_seconds(work, peak) / seconds_of_run);
  }
};

void report(benchmark::State& state, const Work& work, Peak peak, const Rounds& rounds) {
  const double amount = work.flops > 0 ? work.flops : bytes_moved(work);
  peak.flops = median(rounds.flops);
  state.counters[work.flops > 0 ? "GFLOP/s" : "GB/s"] = amount / median(rounds.seconds) * 1e-9;
  state.counters["limit"] = amount / limit_seconds(work, peak) * 1e-9;
  state.counters["share_%"] = 100 * median(rounds.shares);
  state.counters["peak_fma"] = peak.flops * 1e-9;
  state.counters["peak_read"] = peak.read * 1e-9;
  state.counters["peak_copy"] = peak.copy * 1e-9;
  state.counters["peak_update"] = peak.update * 1e-9;
}

void time_case(benchmark::State& state, const Named& named, int threads) {
  set_num_threads(threads);
  const FlushSubnormals flush;
  const Current& current = prepare(named, threads);
  if (!(current.error <= 1)) {
    any_wrong = true;
    const std::string message = "wrong: error is " + std::to_string(current.error) + " times its tolerance";
    state.SkipWithError(message.c_str());
    return;
  }
  Rounds rounds;
  double flops_before = probe_flops();
  while (state.KeepRunningBatch(current.runs_per_round)) {
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < current.runs_per_round; ++i) {
      current.made.run();
      benchmark::ClobberMemory();
    }
    const double seconds = seconds_since(begin);
    state.SetIterationTime(seconds);
    const double flops_after = probe_flops();
    rounds.add(current.made.work, current.peak, seconds / double(current.runs_per_round),
               (flops_before + flops_after) / 2);
    flops_before = flops_after;
  }
  report(state, current.made.work, current.peak, rounds);
}

void register_cases() {
  for (const Named& named : all_cases())
    for (const int threads : thread_counts) {
      const std::string name = named.name + "/threads:" + std::to_string(threads);
      const auto run = [&named, threads](benchmark::State& state) { time_case(state, named, threads); };
      // The work is done by other threads too: the clock on the wall counts.
      benchmark::RegisterBenchmark(name.c_str(), run)->UseManualTime()->Unit(benchmark::kMicrosecond);
    }
}

/// Takes `--threads=1,2` from the arguments.
void read_threads(std::vector<char*>& arguments) {
  const char prefix[] = "--threads=";
  for (auto at = arguments.begin() + 1; at != arguments.end(); ++at) {
    if (std::strncmp(*at, prefix, sizeof prefix - 1) != 0) continue;
    thread_counts.clear();
    for (char* rest = *at + sizeof prefix - 1; *rest;) {
      const long count = std::strtol(rest, &rest, 10);
      if (count < 1 || count > 256 || (*rest != '\0' && *rest != ','))
        fail("--threads must be numbers in [1, 256] with commas between, got " + std::string(*at));
      thread_counts.push_back(int(count));
      if (*rest == ',') ++rest;
    }
    arguments.erase(at);
    return;
  }
}

}  // namespace

void add_case(const std::string& name, std::function<Case()> make) { all_cases().push_back({name, std::move(make)}); }

int run_cases(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  read_threads(arguments);
  char tabular[] = "--benchmark_counters_tabular=true";
  arguments.insert(arguments.begin() + 1, tabular);  // a user's own choice comes later and counts
  int count = int(arguments.size());
  arguments.push_back(nullptr);
  register_cases();
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  benchmark::AddCustomContext("kernels", kernel_table().isa);
  benchmark::AddCustomContext("team", thread_runtime());
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return any_wrong ? 1 : 0;
}

void fill_random(Array<float>& array, int stream, float low, float high) {
  std::mt19937 generator{unsigned(stream)};
  constexpr double scale = 1.0 / double(std::mt19937::max());
  for (int64_t i = 0; i < array.size(); ++i)
    array[i] = float(low + (double(high) - low) * (double(generator()) * scale));
}

void spoil(Array<float>& array) { std::fill_n(array.data(), array.size(), std::numeric_limits<float>::quiet_NaN()); }

}  // namespace mushin::bench
