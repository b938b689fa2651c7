// Layer norm over the rows of a matrix, forward and backward.
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness.h"

namespace mushin::bench {
namespace {

constexpr double eps = 1e-5;

/// What the kernels read and write. The backward kernel gets the means and the reciprocal deviations from double.
struct Rows {
  int64_t rows, width;
  Array<float> x, y, dy, dx, weight, bias, dweight, dbias, mean, rstd;
  std::vector<double> exact_mean, exact_rstd;  // the kernel may write the others

  Rows(int64_t rows, int64_t width)
      : rows(rows),
        width(width),
        x({rows, width}),
        y({rows, width}),
        dy({rows, width}),
        dx({rows, width}),
        weight({width}),
        bias({width}),
        dweight({width}),
        dbias({width}),
        mean({rows}),
        rstd({rows}) {
    fill_random(x, 1, -4, 4);
    fill_random(dy, 2);
    fill_random(weight, 3);
    fill_random(bias, 4);
    for (int64_t row = 0; row < rows; ++row) {
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < width; ++i) sum += x[row * width + i];
      const double centre = sum / double(width);
      for (int64_t i = 0; i < width; ++i) squares += (x[row * width + i] - centre) * (x[row * width + i] - centre);
      exact_mean.push_back(centre);
      exact_rstd.push_back(1 / std::sqrt(squares / double(width) + eps));
      mean[row] = float(centre);
      rstd[row] = float(exact_rstd.back());
    }
  }

  double normalized(int64_t row, int64_t i) {
    return (x[row * width + i] - exact_mean[size_t(row)]) * exact_rstd[size_t(row)];
  }
};

Case layer_norm_forward(int64_t rows, int64_t width) {
  const auto d = std::make_shared<Rows>(rows, width);
  const auto call = launch("layer_norm_forward", {d->y.view(), d->mean.view(), d->rstd.view(), d->x.view(),
                                                  d->weight.view(), d->bias.view(), eps});
  const double read = d->x.bytes() + d->weight.bytes() + d->bias.bytes(), written = d->y.bytes();
  const auto error = [d] {
    Worst worst;
    for (int64_t row = 0; row < d->rows; ++row) {
      worst.add(d->mean[row], d->exact_mean[size_t(row)], 16 * epsilon);
      worst.add(d->rstd[row], d->exact_rstd[size_t(row)], 16 * epsilon * d->exact_rstd[size_t(row)]);
      for (int64_t i = 0; i < d->width; ++i) {
        const double product = d->normalized(row, i) * d->weight[i];
        worst.add(d->y[row * d->width + i], product + d->bias[i],
                  16 * epsilon * (std::abs(d->weight[i]) + std::abs(d->bias[i])));
      }
    }
    return worst.value();
  };
  const auto reset = [d] {
    spoil(d->y);
    spoil(d->mean);
    spoil(d->rstd);
  };
  return {{0, read, written}, call, reset, error};
}

Case layer_norm_backward(int64_t rows, int64_t width) {
  const auto d = std::make_shared<Rows>(rows, width);
  const auto call = launch("layer_norm_backward", {d->dx.view(), d->dweight.view(), d->dbias.view(), d->dy.view(),
                                                   d->x.view(), d->weight.view(), d->mean.view(), d->rstd.view()});
  const double read = d->x.bytes() + d->dy.bytes() + d->weight.bytes(), written = d->dx.bytes();
  const auto reset = [d] {
    spoil(d->dx);
    spoil(d->dweight);
    spoil(d->dbias);
  };
  const auto error = [d] {
    Worst worst;
    const double n = double(d->width);
    const size_t width = size_t(d->width);
    std::vector<double> dweight(width), dbias(width);
    for (int64_t row = 0; row < d->rows; ++row) {
      double sum = 0, product = 0;
      for (int64_t i = 0; i < d->width; ++i) {
        const double dy = d->dy[row * d->width + i], g = dy * d->weight[i], h = d->normalized(row, i);
        sum += g;
        product += g * h;
        dweight[size_t(i)] += dy * h;
        dbias[size_t(i)] += dy;
      }
      for (int64_t i = 0; i < d->width; ++i) {
        const double g = double(d->dy[row * d->width + i]) * d->weight[i];
        worst.add(d->dx[row * d->width + i], d->rstd[row] * (g - sum / n - d->normalized(row, i) * product / n),
                  32 * epsilon * d->rstd[row]);
      }
    }
    for (int64_t i = 0; i < d->width; ++i) {
      const double tolerance = 8 * epsilon * std::sqrt(double(d->rows));  // the errors of a sum walk at random
      worst.add(d->dweight[i], dweight[size_t(i)], tolerance);
      worst.add(d->dbias[i], dbias[size_t(i)], tolerance);
    }
    return worst.value();
  };
  return {{0, read, written}, call, reset, error};
}

void add_all() {
  const std::pair<int64_t, int64_t> sizes[] = {{32, 128}, {256, 768}, {4096, 1024}};
  for (const auto& [rows, width] : sizes) {
    const std::string size =
        (rows * width > 300000 ? "/large/" : "/") + std::to_string(rows) + "x" + std::to_string(width);
    const auto add = [&, rows = rows, width = width](const char* kernel, Case (*make)(int64_t, int64_t)) {
      add_case(kernel + size, [=] { return make(rows, width); });
    };
    add("layer_norm_forward", layer_norm_forward);
    add("layer_norm_backward", layer_norm_backward);
  }
}

}  // namespace
}  // namespace mushin::bench

int main(int argc, char** argv) {
  mushin::bench::add_all();
  return mushin::bench::run_cases(argc, argv);
}
