// Optimizer launches over one segment: every byte of parameters, gradients and states counts.
#include <memory>

#include "harness.h"

namespace mushin::bench {
namespace {

constexpr double rate = 1e-3, beta1 = 0.9, beta2 = 0.999, adam_epsilon = 1e-8, momentum = 0.9;
constexpr int64_t steps_before = 4;

/// Parameters with gradients and states in the middle of a training.
struct Segment {
  Array<float> parameter, gradient, average, square;
  Array<int64_t> step;
  Array<double> hyper;

  Segment(int64_t n, const std::vector<double>& hyperparameters)
      : parameter({n}), gradient({n}), average({n}), square({n}), step({1}), hyper({int64_t(hyperparameters.size())}) {
    std::copy(hyperparameters.begin(), hyperparameters.end(), hyper.data());
    fill_random(gradient, 0);
    reset();
  }

  void reset() {
    fill_random(parameter, 1);
    fill_random(average, 2);
    fill_random(square, 3, 0.01f, 1.0f);
    step[0] = steps_before;
  }
};

/// Adam in PyTorch's convention, without weight decay.
double adam_error(Segment& after) {
  Segment before(after.parameter.size(), {});
  const double t = steps_before + 1, correction1 = 1 - std::pow(beta1, t), correction2 = 1 - std::pow(beta2, t);
  Worst worst;
  for (int64_t i = 0; i < before.parameter.size(); ++i) {
    const double g = before.gradient[i], p = before.parameter[i];
    const double m = beta1 * before.average[i] + (1 - beta1) * g;
    const double v = beta2 * before.square[i] + (1 - beta2) * g * g;
    const double change = rate / correction1 * m / (std::sqrt(v / correction2) + adam_epsilon);
    worst.add(after.average[i], m, 2 * epsilon * (std::abs(double(before.average[i])) + std::abs(g)));
    worst.add(after.square[i], v, 4 * epsilon * v);
    worst.add(after.parameter[i], p - change, epsilon * (std::abs(p) + 8 * rate * (1 + std::abs(change))));
  }
  return worst.value();
}

/// SGD with momentum in PyTorch's convention, without weight decay.
double sgd_error(Segment& after) {
  Segment before(after.parameter.size(), {});
  Worst worst;
  for (int64_t i = 0; i < before.parameter.size(); ++i) {
    const double g = before.gradient[i], v = momentum * before.average[i] + g, p = before.parameter[i];
    worst.add(after.average[i], v, 2 * epsilon * (std::abs(double(before.average[i])) + std::abs(g)));
    worst.add(after.parameter[i], p - rate * v, epsilon * (std::abs(p) + 4 * rate));
  }
  return worst.value();
}

Case adam(int64_t n) {
  const auto s = std::make_shared<Segment>(n, std::vector<double>{rate, beta1, beta2, adam_epsilon, 0.0});
  const auto call = launch("adam", {List{s->parameter.view()}, List{s->average.view()}, List{s->square.view()}, List{},
                                    List{s->step.view()}, List{s->gradient.view()}, s->hyper.view(), 0, 0, 0});
  const double bytes = s->parameter.bytes();
  return {{0, bytes, 0, 3 * bytes}, call, [s] { s->reset(); }, [s] { return adam_error(*s); }};
}

Case sgd(int64_t n) {
  const auto s = std::make_shared<Segment>(n, std::vector<double>{rate, momentum, 0.0, 0.0});
  const auto call = launch("sgd", {List{s->parameter.view()}, List{s->average.view()}, List{s->step.view()},
                                   List{s->gradient.view()}, s->hyper.view(), 0, 0, 0});
  const double bytes = s->parameter.bytes();
  return {{0, bytes, 0, 2 * bytes}, call, [s] { s->reset(); }, [s] { return sgd_error(*s); }};
}

void add_all() {
  // The classifier 784-128-10, a model that the last cache may hold, one that it does not.
  for (const int64_t n : {101770, 1 << 20, 1 << 24}) {
    const std::string size = (n > 1 << 20 ? "/large/" : "/") + std::to_string(n);
    add_case("adam" + size, [=] { return adam(n); });
    add_case("sgd_momentum" + size, [=] { return sgd(n); });
  }
}

}  // namespace
}  // namespace mushin::bench

int main(int argc, char** argv) {
  mushin::bench::add_all();
  return mushin::bench::run_cases(argc, argv);
}
