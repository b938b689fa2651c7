// Steps that leave rows without gradient alone, parameter and state.
#pragma once
#include "moments.h"

namespace mushin {
namespace {

template <class T>
inline bool has_other_than_zero(const T* x, int64_t n) {
  bool found = false;
  for (int64_t i = 0; i < n; ++i) found |= !(x[i] == T(0));  // a NaN is one
  return found;
}

/// hyper: learning rate, beta1, beta2, epsilon. `touched` lists the `count` rows whose gradient may hold other numbers
/// than zeros, some of them twice; any may if it is left out or the count is below 0. Only rows whose gradient holds
/// such a number take the step, with the corrections c1 = 1 - beta1^t, c2 = 1 - beta2^t of all steps:
/// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p -= rate sqrt(c2) / c1 * m / (sqrt(v) + epsilon)
template <class T>
void sparse_adam(InOut<T> parameter, InOut<T> average, InOut<T> square, InOut<int64_t> step, In<T> gradient,
                 In<int64_t> touched, In<int64_t> count, In<double> hyper, int64_t maximize) {
  const int64_t rows = parameter.shape(0), width = parameter.shape(1);
  const double* const h = hyper.data();
  const double t = double(++step.data()[0]);
  const T rest1 = T(1 - h[1]), beta2 = T(h[2]), rest2 = T(1 - h[2]), epsilon = T(h[3]), sign = maximize ? T(-1) : T(1);
  const T rate = T(h[0] * __builtin_sqrt(1 - __builtin_pow(h[2], t)) / (1 - __builtin_pow(h[1], t)));
  const bool is_listed = touched && count.data()[0] >= 0;
  int64_t n = rows;
  int64_t* chosen = nullptr;  // each listed row once
  if (is_listed) {
    n = 0;
    bool* const seen = static_cast<bool*>(scratch(0, rows));
    chosen = static_cast<int64_t*>(scratch(1, rows * int64_t(sizeof(int64_t))));
    for (int64_t i = 0; i < count.data()[0]; ++i) seen[touched.data()[i]] = false;
    for (int64_t i = 0; i < count.data()[0]; ++i) {
      const int64_t row = touched.data()[i];
      if (seen[row]) continue;
      seen[row] = true;
      chosen[n++] = row;
    }
  }
  parallel(n, chunk_rows(width), [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t begin = (is_listed ? chosen[i] : i) * width;
      if (!has_other_than_zero(gradient.data() + begin, width)) continue;
      for_lanes<T>(begin, begin + width, [&](Lane<T> lane) {
        const Vector<T> g = sign * lane.load(gradient.data());
        const Vector<T> m = mean_with<T>(lane.load(average.data()), g, rest1);
        const Vector<T> v = square_with<T>(lane.load(square.data()), g, beta2, rest2);
        lane.store(average.data(), m);
        lane.store(square.data(), v);
        lane.store(parameter.data(), lane.load(parameter.data()) - rate * m / (sqrt(v) + epsilon));
      });
    }
  });
}

}  // namespace
}  // namespace mushin
