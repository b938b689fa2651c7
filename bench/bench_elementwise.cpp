// Loops that memory bounds: elementwise ops, sums, copies.
#include <memory>

#include "harness.h"

namespace mushin::bench {
namespace {

/// An op from one or two arrays of n numbers to an array.
struct Data {
  Array<float> a, b, y;

  Data(std::vector<int64_t> shape, std::vector<int64_t> result) : a(shape), b(shape), y(std::move(result)) {
    fill_random(a, 1);
    fill_random(b, 2);
  }
};

/// `expected(a, b)` and the tolerance as a multiple of epsilon times the result, and a's multiple where terms cancel.
Case map(const char* kernel, int64_t n, int inputs, double (*expected)(double, double), double ulp,
         double ulp_of_a = 0) {
  const auto d = std::make_shared<Data>(std::vector<int64_t>{n}, std::vector<int64_t>{n});
  std::vector<Value> values = {d->y.view(), d->a.view()};
  if (inputs == 2) values.push_back(d->b.view());
  const auto error = [=] {
    Worst worst;
    for (int64_t i = 0; i < n; ++i) {
      const double value = expected(d->a[i], d->b[i]);
      worst.add(d->y[i], value, epsilon * (ulp * std::abs(value) + ulp_of_a * std::abs(d->a[i])) + smallest);
    }
    return worst.value();
  };
  return {{0, inputs * d->a.bytes(), d->y.bytes()}, launch(kernel, values), [d] { spoil(d->y); }, error};
}

double gelu_tanh(double x, double) { return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
double gelu(double x, double) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); }

/// By central differences of `function`, times dy.
template <double (*function)(double, double)>
double backward_of(double dy, double x) {
  const double step = 1e-5;
  return dy * (function(x + step, 0) - function(x - step, 0)) / (2 * step);
}

/// The sum over the middle axis of (outer, n, inner).
Case sum(int64_t outer, int64_t n, int64_t inner) {
  const auto d = std::make_shared<Data>(std::vector<int64_t>{outer, n, inner}, std::vector<int64_t>{outer, inner});
  const auto error = [=] {
    Worst worst;
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < inner; ++i) {
        double total = 0, size = 0;
        for (int64_t k = 0; k < n; ++k) {
          const double x = d->a[(o * n + k) * inner + i];
          total += x;
          size += std::abs(x);
        }
        worst.add(d->y[o * inner + i], total, 4 * epsilon * size);
      }
    return worst.value();
  };
  const auto call = launch("reduce_sum", {d->y.view(), d->a.view(), 1.0});
  return {{0, d->a.bytes(), d->y.bytes()}, call, [d] { spoil(d->y); }, error};
}

void add_all() {
  for (const int64_t n : {4096, 65536, 1 << 20, 4096 * 3072}) {
    const std::string size = (n > 1 << 20 ? "/large/" : "/") + std::to_string(n);
    add_case("add" + size, [=] { return map("add_forward", n, 2, [](double a, double b) { return a + b; }, 1); });
    add_case("relu" + size,
             [=] { return map("relu_forward", n, 1, [](double a, double) { return a > 0 ? a : 0; }, 1); });
    add_case("tanh" + size,
             [=] { return map("tanh_forward", n, 1, [](double a, double) { return std::tanh(a); }, 4); });
    add_case("relu_backward" + size,
             [=] { return map("relu_backward", n, 2, [](double dy, double y) { return y > 0 ? dy : 0; }, 1); });
    add_case("gelu" + size, [=] { return map("gelu_erf_forward", n, 1, gelu, 8); });
    add_case("gelu_backward" + size, [=] { return map("gelu_erf_backward", n, 2, backward_of<gelu>, 8, 8); });
    add_case("gelu_tanh" + size, [=] { return map("gelu_tanh_forward", n, 1, gelu_tanh, 8); });
    add_case("gelu_tanh_backward" + size,
             [=] { return map("gelu_tanh_backward", n, 2, backward_of<gelu_tanh>, 8, 8); });
    add_case("copy" + size, [=] { return map("copy", n, 1, [](double a, double) { return a; }, 1); });
    add_case("reduce_sum/all" + size, [=] { return sum(1, n, 1); });
  }
  add_case("reduce_sum/rows/1024x1024", [] { return sum(1024, 1024, 1); });
  add_case("reduce_sum/columns/32x128", [] { return sum(1, 32, 128); });
  add_case("reduce_sum/columns/1024x1024", [] { return sum(1, 1024, 1024); });
  add_case("reduce_sum/columns/large/4096x1024", [] { return sum(1, 4096, 1024); });
}

}  // namespace
}  // namespace mushin::bench

int main(int argc, char** argv) {
  mushin::bench::add_all();
  return mushin::bench::run_cases(argc, argv);
}
