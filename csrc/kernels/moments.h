// Variance and deviation, log of the sum of exponentials, and norms over lines.
#pragma once
#include "../simd/math.h"
#include "extremes.h"

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

template <class V>
inline V magnitude(V x) {
  return x < V{} ? -x : x;
}

/// x with the sign of `by`, or 0 if that is 0.
template <class V>
inline V signed_by(V x, V by) {
  return by > V{} ? x : V(by < V{} ? -x : V{});
}

/// x^p for x >= 0 by the C library: norms of other orders than 1, 2 and infinity are rare. 0^0 is 0 here.
template <class T>
inline Vector<T> power(Vector<T> x, double p) {
#pragma GCC unroll 1
  for (int i = 0; i < lanes<T>; ++i) x[i] = x[i] == T(0) && p == 0 ? T(0) : T(__builtin_pow(double(x[i]), p));
  return x;
}

/// y = (sum of |x|^p)^(1 / p); the number of elements that are not 0 for p = 0, the largest |x| for p = infinity, the
/// smallest for -infinity.
template <class T>
void norm_forward(Out<T> y, In<T> x, double p) {
  const Cut cut = cut_of(x);
  const auto total = [&](const auto& term) {
    const T* const no_numbers = nullptr;
    total_lines<T>(
        cut, x.data(), no_numbers, [&](Vector<T> value, const auto&) { return term(value); },
        [&](int64_t line, double sum) {
          y.data()[line] = T(p == 0 || p == 1 ? sum : p == 2 ? __builtin_sqrt(sum) : __builtin_pow(sum, 1 / p));
        });
  };
  if (p == std::numeric_limits<double>::infinity())
    fold_lines<Extreme<T, false, true>, T>(cut, x.data(), y.data());
  else if (p == -std::numeric_limits<double>::infinity())
    fold_lines<Extreme<T, true, true>, T>(cut, x.data(), y.data());
  else if (p == 1)
    total([](Vector<T> value) { return magnitude(value); });
  else if (p == 2)
    total([](Vector<T> value) { return value * value; });
  else
    total([p](Vector<T> value) { return power<T>(magnitude(value), p); });
}

/// factor[line] = dy y^(1 - p), 0 where y is 0; for p = infinity dy / the number of elements that have the extreme |x|.
template <class T>
inline void factors_of_norm(T* factor, const Cut& cut, In<T> dy, In<T> x, In<T> y, double p) {
  if (!__builtin_isinf(p))
    return cut.each_line(1, [&](int64_t line) {
      const double norm = double(y.data()[line]), gradient = double(dy.data()[line]);
      factor[line] = p == 1 ? T(gradient) : norm == 0 ? T(0) : T(gradient * __builtin_pow(norm, 1 - p));
    });
  const auto one = [](Vector<T> value, const auto& number) {
    return magnitude(value) == number() ? broadcast(T(1)) : Vector<T>{};
  };
  total_lines<T>(cut, x.data(), y.data(), one,
                 [&](int64_t line, double count) { factor[line] = dy.data()[line] / T(count); });
}

/// dx = dy sign(x) (|x| / y)^(p - 1), 0 where x or y is 0; for p = infinity the elements that have the extreme |x|
/// share dy. p is not 0.
template <class T>
void norm_backward(Out<T> dx, In<T> dy, In<T> x, In<T> y, double p) {
  if (!dx) return;
  const Cut cut = cut_of(x);
  T* const factors = numbers_of_lines<T>(cut, 1);
  factors_of_norm<T>(factors, cut, dy, x, y, p);
  if (p == 2)
    return map_lines<T>(dx, x, y.data(), factors,
                        [](Vector<T> value, Vector<T>, Vector<T> factor) { return value * factor; });
  const bool is_extreme = __builtin_isinf(p), is_power = !is_extreme && p != 1;
  map_lines<T>(dx, x, y.data(), factors, [=](Vector<T> value, Vector<T> norm, Vector<T> factor) {
    const Vector<T> size = magnitude(value);
    const Vector<T> scaled = is_power ? power<T>(size, p - 1) * factor : factor;
    return is_extreme ? size == norm ? signed_by(scaled, value) : Vector<T>{} : signed_by(scaled, value);
  });
}

}  // namespace
}  // namespace mushin
