// Softmax and cross-entropy over the rows of a matrix, forward and backward.
#include <memory>

#include "harness.h"

namespace mushin::bench {
namespace {

constexpr int ignore_index = -100;

/// What the kernels read and write. A backward kernel gets what the forward one saves, from double.
struct Rows {
  int64_t rows, classes;
  Array<float> x, y, dy, dx, losses, total, saved, scale;
  Array<int64_t> target, bad;
  std::vector<double> exact;  // the rows' log-sum-exp

  Rows(int64_t rows, int64_t classes)
      : rows(rows),
        classes(classes),
        x({rows, classes}),
        y({rows, classes}),
        dy({rows, classes}),
        dx({rows, classes}),
        losses({rows}),
        total({}),
        saved({rows, 2}),
        scale({}),
        target({rows}),
        bad({4}) {
    fill_random(x, 1, -4, 4);
    fill_random(dy, 2);
    scale[0] = 1.0f / float(rows);
    total[0] = 1.5f;
    for (int64_t row = 0; row < rows; ++row) {
      target[row] = row * 7 % classes;
      double sum = 0;
      for (int64_t i = 0; i < classes; ++i) sum += std::exp(double(x[row * classes + i]));
      exact.push_back(std::log(sum));
      saved[2 * row] = 0;  // of shift + log_sum
      saved[2 * row + 1] = float(exact.back());
      for (int64_t i = 0; i < classes; ++i) y[row * classes + i] = float(probability(row, i));
    }
  }

  double probability(int64_t row, int64_t i) { return std::exp(x[row * classes + i] - exact[size_t(row)]); }
  /// The rounding of a shift, of exp and of a sum over the row.
  double tolerance() const { return epsilon * (32 + std::sqrt(double(classes))); }

  /// The error of an output of x's shape: `expected(row, i)` gives a value and the size that its rounding goes with.
  template <class F>
  double error(Array<float>& output, const F& expected) {
    Worst worst;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = 0; i < classes; ++i) {
        const auto [value, size] = expected(row, i);
        worst.add(output[row * classes + i], value, tolerance() * size + smallest);
      }
    return worst.value();
  }
};

using Pair = std::pair<double, double>;

Case softmax_forward(int64_t rows, int64_t classes) {
  const auto d = std::make_shared<Rows>(rows, classes);
  const auto error = [d] {
    return d->error(d->y, [&](int64_t row, int64_t i) {
      const double value = d->probability(row, i);
      return Pair{value, value};
    });
  };
  const double bytes = d->x.bytes();
  const auto call = launch("softmax_forward", {d->y.view(), d->x.view()});
  return {{0, bytes, bytes}, call, [d] { spoil(d->y); }, error};
}

Case softmax_backward(int64_t rows, int64_t classes) {
  const auto d = std::make_shared<Rows>(rows, classes);
  const auto call = launch("softmax_backward", {d->dx.view(), d->dy.view(), d->y.view()});
  const double bytes = d->x.bytes();
  const auto error = [d] {
    std::vector<double> sums, sizes;
    for (int64_t row = 0; row < d->rows; ++row) {
      double sum = 0, size = 0;
      for (int64_t i = row * d->classes; i < (row + 1) * d->classes; ++i) {
        sum += double(d->dy[i]) * d->y[i];
        size += std::abs(double(d->dy[i]) * d->y[i]);
      }
      sums.push_back(sum);
      sizes.push_back(size);
    }
    return d->error(d->dx, [&](int64_t row, int64_t i) {
      const double y = d->y[row * d->classes + i], dy = d->dy[row * d->classes + i];
      return Pair{y * (dy - sums[size_t(row)]), y * (std::abs(dy) + sizes[size_t(row)])};
    });
  };
  return {{0, 2 * bytes, bytes}, call, [d] { spoil(d->dx); }, error};
}

Case cross_entropy_forward(int64_t rows, int64_t classes) {
  const auto d = std::make_shared<Rows>(rows, classes);
  const auto call = launch("cross_entropy_forward",
                           {d->losses.view(), d->total.view(), d->saved.view(), d->scale.view(), d->bad.view(),
                            d->x.view(), d->target.view(), no_array, no_array, ignore_index, 0.0, 1});
  const double read = d->x.bytes() + d->target.bytes(), written = d->losses.bytes() + d->saved.bytes();
  const auto reset = [d] {
    spoil(d->losses);
    spoil(d->total);
  };
  const auto error = [d] {
    Worst worst;
    double total = 0, size = 0;
    for (int64_t row = 0; row < d->rows; ++row) {
      const double x = d->x[row * d->classes + d->target[row]], loss = d->exact[size_t(row)] - x;
      const double row_size = std::abs(d->exact[size_t(row)]) + std::abs(x);
      worst.add(d->losses[row], loss, d->tolerance() * row_size);
      total += loss;
      size += row_size;
    }
    worst.add(d->total[0], total / double(d->rows), d->tolerance() * size / double(d->rows));
    return worst.value();
  };
  return {{0, read, written}, call, reset, error};
}

Case cross_entropy_backward(int64_t rows, int64_t classes) {
  const auto d = std::make_shared<Rows>(rows, classes);
  // The gradient of the mean loss is a number; `total` has one to spare.
  const auto call =
      launch("cross_entropy_backward", {d->dx.view(), d->total.view(), d->x.view(), d->saved.view(), d->scale.view(),
                                        d->target.view(), no_array, no_array, ignore_index, 0.0});
  const double read = d->x.bytes() + d->target.bytes() + d->saved.bytes(), written = d->dx.bytes();
  const auto error = [d] {
    const double factor = double(d->total[0]) * d->scale[0];
    return d->error(d->dx, [&](int64_t row, int64_t i) {
      const double p = d->probability(row, i), hot = i == d->target[row] ? 1 : 0;
      return Pair{(p - hot) * factor, (p + hot) * factor};
    });
  };
  return {{0, read, written}, call, [d] { spoil(d->dx); }, error};
}

void add_all() {
  const std::pair<int64_t, int64_t> sizes[] = {{32, 10}, {128, 10}, {256, 1000}, {4096, 1024}, {2048, 50257}};
  for (const auto& [rows, classes] : sizes) {
    const std::string size =
        (rows * classes > 300000 ? "/large/" : "/") + std::to_string(rows) + "x" + std::to_string(classes);
    const auto add = [&, rows = rows, classes = classes](const char* kernel, Case (*make)(int64_t, int64_t)) {
      add_case(kernel + size, [=] { return make(rows, classes); });
    };
    add("softmax_forward", softmax_forward);
    add("softmax_backward", softmax_backward);
    add("cross_entropy_forward", cross_entropy_forward);
    add("cross_entropy_backward", cross_entropy_backward);
  }
}

}  // namespace
}  // namespace mushin::bench

int main(int argc, char** argv) {
  mushin::bench::add_all();
  return mushin::bench::run_cases(argc, argv);
}
