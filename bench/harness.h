// What the benchmark binaries share: a case is made, checked against a plain loop in double, and timed beside the
// machine's limit.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "launch.h"

namespace mushin::bench {

/// What one run of a case has to do: its limit is the slower of arithmetic and memory.
struct Work {
  double flops = 0;
  double read = 0, written = 0, updated = 0;  // bytes of the arrays that are read, overwritten, changed in place
};

/// One op at one size. Its functions own the arrays.
struct Case {
  Work work;
  std::function<void()> run;
  std::function<void()> reset;    // before the run that is checked: spoils the outputs, puts back what a run changes
  std::function<double()> error;  // the largest one after that run, as a multiple of its tolerance
};

/// Adds a benchmark, for each number of threads. `make` is called when it is its turn. A case whose name holds
/// "/large/" is left out of the short form.
void add_case(const std::string& name, std::function<Case()> make);

/// Runs what the command line asks for; 1 if a case was wrong.
int run_cases(int argc, char** argv);

/// Collects the largest error as a multiple of its tolerance; a NaN is infinitely wrong.
class Worst {
 public:
  void add(double value, double expected, double tolerance) {
    const double error = std::abs(value - expected);
    if (error == 0) return;
    const double ratio = error / tolerance;
    worst_ =
        ratio <= std::numeric_limits<double>::max() ? std::max(worst_, ratio) : std::numeric_limits<double>::infinity();
  }
  double value() const { return worst_; }

 private:
  double worst_ = 0;
};

constexpr double epsilon = std::numeric_limits<float>::epsilon();
/// Below this a result may be zero.
constexpr double smallest = std::numeric_limits<float>::min();

/// Numbers in [low, high), distinct and the same on every run; arrays of different `stream` differ.
void fill_random(Array<float>& array, int stream, float low = -1, float high = 1);

/// Overwrites with NaN, so that an output that is not written is wrong.
void spoil(Array<float>& array);

}  // namespace mushin::bench
