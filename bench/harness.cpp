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

/// A round is long enough that the probes around it disturb little, short enough that the machine stays the same.
constexpr double round_seconds = 0.005;  // and of each probe: a limit of the same moments
/// A round counts if no probe moved by more than this factor meanwhile.
constexpr double steady = 1.2;

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
/// case is made once, and checked once for each number of threads.
struct Current {
  const Named* named = nullptr;
  Case made;
  int threads = 0;
  double error = 0;
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
    const auto begin = std::chrono::steady_clock::now();
    current.made.run();
    current.runs_per_round = 1 + int64_t(round_seconds / seconds_since(begin));
    current.threads = threads;
  }
  return current;
}

double bytes_moved(const Work& work) { return work.read + work.written + 2 * work.updated; }

/// What reads far more than it writes is held against reading, everything else against a copy.
bool mostly_reads(const Work& work) { return work.read > 4 * (work.written + work.updated); }

Peak probe_for(const Work& work) {
  return probe(work.read + work.written + work.updated, {mostly_reads(work), !mostly_reads(work)}, round_seconds);
}

/// The least time in which the machine could do the work.
double limit_seconds(const Work& work, const Peak& peak) {
  return std::max(work.flops / peak.microkernel, bytes_moved(work) / (mostly_reads(work) ? peak.read : peak.copy));
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Peak mean(const Peak& a, const Peak& b) {
  return {(a.multiply_add + b.multiply_add) / 2, (a.microkernel + b.microkernel) / 2, (a.read + b.read) / 2,
          (a.copy + b.copy) / 2};
}

bool near(const Peak& a, const Peak& b) {
  const auto moved = [](double x, double y) { return x > steady * y || y > steady * x; };
  return !moved(a.multiply_add, b.multiply_add) && !moved(a.microkernel, b.microkernel) && !moved(a.read, b.read) &&
         !moved(a.copy, b.copy);
}

/// Rounds of one case that count: how long a run took, beside what the machine could do just before and after.
class Rounds {
 public:
  void add(const Work& work, double seconds, const Peak& before, const Peak& after) {
    ++played_;
    if (!near(before, after)) return;
    const Peak peak = mean(before, after);
    seconds_.push_back(seconds);
    shares_.push_back(limit_seconds(work, peak) / seconds);
    multiply_add_.push_back(peak.multiply_add);
    microkernel_.push_back(peak.microkernel);
    bandwidth_.push_back(mostly_reads(work) ? peak.read : peak.copy);
  }

  void report(benchmark::State& state, const Work& work) const {
    const double amount = work.flops > 0 ? work.flops : bytes_moved(work);
    state.counters[work.flops > 0 ? "GFLOP/s" : "GB/s"] = amount / median(seconds_) * 1e-9;
    state.counters["share_%"] = 100 * median(shares_);
    state.counters["fma"] = median(multiply_add_) * 1e-9;
    state.counters["microkernel"] = median(microkernel_) * 1e-9;
    state.counters[mostly_reads(work) ? "reading" : "copying"] = median(bandwidth_) * 1e-9;
    state.counters["kept_%"] = 100 * double(seconds_.size()) / double(played_);
  }

 private:
  int64_t played_ = 0;
  std::vector<double> seconds_, shares_, multiply_add_, microkernel_, bandwidth_;
};

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
  const Work& work = current.made.work;
  Rounds rounds;
  Peak before = probe_for(work);
  while (state.KeepRunningBatch(current.runs_per_round)) {
    current.made.run();  // brings back what the probes drove out of the caches
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < current.runs_per_round; ++i) {
      current.made.run();
      benchmark::ClobberMemory();
    }
    const double seconds = seconds_since(begin);
    state.SetIterationTime(seconds);
    const Peak after = probe_for(work);
    rounds.add(work, seconds / double(current.runs_per_round), before, after);
    before = after;
  }
  rounds.report(state, work);
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
