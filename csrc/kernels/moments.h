// Variance and deviation, log of the sum of exponentials, and norms over lines.
#pragma once
#include "extremes.h"
#include "functions.h"

namespace mushin {
namespace {

/// y = sum of (x - mean)^2 / (n - correction) or, if `root`, its square root. The squares are those of the centred
/// line, in a second pass.
template <class T>
void var_forward(Out<T> y, Out<T> mean, In<T> x, double correction, int64_t root) {
  const Cut cut = cut_of(x);
  const double left = double(cut.n) - correction, divisor = left > 0 ? left : 0;
  sum_lines<T>(cut, x.data(), [&](int64_t line, double total) { mean.data()[line] = T(total / double(cut.n)); });
  const auto square = [](Vector<T> value, const auto& centre) {
    const Vector<T> centred = value - centre();
    return centred * centred;
  };
  total_lines<T>(cut, x.data(), mean.data(), square, [&](int64_t line, double squares) {
    y.data()[line] = T(root ? __builtin_sqrt(squares / divisor) : squares / divisor);
  });
}

/// dx = dy 2 (x - mean) / (n - correction); of the root dy (x - mean) / (y (n - correction)), 0 where y is 0.
template <class T>
void var_backward(Out<T> dx, In<T> dy, In<T> x, In<T> y, In<T> mean, double correction, int64_t root) {
  if (!dx) return;
  const Cut cut = cut_of(x);
  const double left = double(cut.n) - correction, divisor = left > 0 ? left : 0;
  T* const factor = numbers_of_lines<T>(cut, 1);
  cut.each_line(1, [&](int64_t line) {
    const double of_root = y.data()[line] == T(0) ? 0 : double(dy.data()[line]) / (double(y.data()[line]) * divisor);
    factor[line] = T(root ? of_root : 2 * double(dy.data()[line]) / divisor);
  });
  map_lines<T>(dx, x, mean.data(), factor,
               [](Vector<T> value, Vector<T> centre, Vector<T> factor) { return (value - centre) * factor; });
}

/// y = log sum exp(x), from x minus its maximum where that is finite.
template <class T>
void logsumexp_forward(Out<T> y, In<T> x) {
  const Cut cut = cut_of(x);
  T* const shift = numbers_of_lines<T>(cut, 1);
  fold_lines<Extreme<T, false>, T>(cut, x.data(), shift);
  cut.each_line(1, [&](int64_t line) {
    if (__builtin_isinf(shift[line])) shift[line] = T(0);
  });
  const auto term = [](Vector<T> value, const auto& number) { return math::exp<T>(value - number()); };
  total_lines<T>(cut, x.data(), shift, term, [&](int64_t line, double total) {
    y.data()[line] = T(double(shift[line]) + math::log<double>(broadcast(total))[0]);
  });
}

/// dx = dy exp(x - y); nothing where y is -infinity.
template <class T>
void logsumexp_backward(Out<T> dx, In<T> dy, In<T> x, In<T> y) {
  if (!dx) return;
  const Cut cut = cut_of(x);
  T* const shift = numbers_of_lines<T>(cut, 1);
  cut.each_line(1, [&](int64_t line) {
    shift[line] = y.data()[line] == -std::numeric_limits<T>::infinity() ? T(0) : y.data()[line];
  });
  map_lines<T>(dx, x, shift, dy.data(), [](Vector<T> value, Vector<T> shift, Vector<T> gradient) {
    return math::exp<T>(value - shift) * gradient;
  });
}

/// x with the sign of `by`, or 0 if that is 0.
template <class T>
inline Vector<T> signed_by(Vector<T> x, Vector<T> by) {
  return by > T(0) ? x : (by < T(0) ? -x : Vector<T>{});
}

/// y = (sum of |x|^p)^(1 / p); the number of elements that are not 0 for p = 0, the largest |x| for p = infinity, the
/// smallest for -infinity.
template <class T>
void norm_forward(Out<T> y, In<T> x, double order) {
  const Cut cut = cut_of(x);
  const T p = T(order);
  const auto size_of_line = [&](int64_t line, double sum) -> double {
    if (p == T(0) || p == T(1)) return sum;
    if (!left_range<T>(sum, cut.n)) return p == T(2) ? __builtin_sqrt(sum) : __builtin_pow(sum, 1 / double(p));
    const T* const from = x.data() + cut.begin_of(line);
    return norm_of_ratios(cut.n, double(p), [=](int64_t i) { return __builtin_fabs(double(from[i * cut.inner])); });
  };
  const auto total = [&](const auto& term) {
    const T* const no_numbers = nullptr;
    total_lines<T>(
        cut, x.data(), no_numbers, [&](Vector<T> value, const auto&) { return term(value); },
        [&](int64_t line, double sum) { y.data()[line] = T(size_of_line(line, sum)); });
  };
  if (p == std::numeric_limits<T>::infinity())
    fold_lines<Extreme<T, false, true>, T>(cut, x.data(), y.data());
  else if (p == -std::numeric_limits<T>::infinity())
    fold_lines<Extreme<T, true, true>, T>(cut, x.data(), y.data());
  else if (p == T(0))
    total([](Vector<T> value) { return value == T(0) ? Vector<T>{} : broadcast(T(1)); });
  else if (p == T(1))
    total([](Vector<T> value) { return absolute<T>(value); });
  else if (p == T(2))
    total([](Vector<T> value) { return value * value; });
  else
    total([p](Vector<T> value) { return power<T>(absolute<T>(value), p); });
}

/// dx = dy sign(x) (|x| / y)^(p - 1), 0 where x or y is 0; for p = infinity the elements that have the extreme |x|
/// share dy. p is not 0.
template <class T>
void norm_backward(Out<T> dx, In<T> dy, In<T> x, In<T> y, double order) {
  if (!dx) return;
  const Cut cut = cut_of(x);
  const T p = T(order);
  if (__builtin_isinf(p)) {
    T* const share = numbers_of_lines<T>(cut, 1);
    const auto one = [](Vector<T> value, const auto& number) {
      return absolute<T>(value) == number() ? broadcast(T(1)) : Vector<T>{};
    };
    total_lines<T>(cut, x.data(), y.data(), one,
                   [&](int64_t line, double count) { share[line] = dy.data()[line] / T(count); });
    return map_lines<T>(dx, x, y.data(), share, [](Vector<T> value, Vector<T> norm, Vector<T> share) {
      return absolute<T>(value) == norm ? signed_by<T>(share, value) : Vector<T>{};
    });
  }
  if (p == T(2))
    return map_lines<T>(dx, x, y.data(), dy.data(), [](Vector<T> value, Vector<T> norm, Vector<T> gradient) {
      return norm == T(0) ? Vector<T>{} : value / norm * gradient;
    });
  map_lines<T>(dx, x, y.data(), dy.data(), [p](Vector<T> value, Vector<T> norm, Vector<T> gradient) {
    const Vector<T> share = p == T(1) ? gradient : power<T>(absolute<T>(value) / norm, p - T(1)) * gradient;
    return signed_by<T>(share, value);
  });
}

}  // namespace
}  // namespace mushin
