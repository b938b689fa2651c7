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

/// x^p for x >= 0 by the C library: norms of other orders than 0, 1, 2 and infinity are rare.
template <class T>
inline Vector<T> power(Vector<T> x, double p) {
  for (int i = 0; i < lanes<T>; ++i) x[i] = T(__builtin_pow(double(x[i]), p));
  return x;
}

/// y = (sum of |x|^p)^(1 / p); the number of elements that are not 0 for p = 0, the largest |x| for p = infinity, the
/// smallest for -infinity.
template <class T>
void norm_forward(Out<T> y, In<T> x, double p) {
  const Cut cut = cut_of(x);
  const auto total = [&](const auto& term, const auto& finish) {
    const T* const no_numbers = nullptr;
    total_lines<T>(
        cut, x.data(), no_numbers, [&](Vector<T> value, const auto&) { return term(value); },
        [&](int64_t line, double sum) { y.data()[line] = T(finish(sum)); });
  };
  if (p == std::numeric_limits<double>::infinity())
    fold_lines<Extreme<T, false, true>, T>(cut, x.data(), y.data());
  else if (p == -std::numeric_limits<double>::infinity())
    fold_lines<Extreme<T, true, true>, T>(cut, x.data(), y.data());
  else if (p == 0)
    total([](Vector<T> v) { return v != T(0) ? broadcast(T(1)) : Vector<T>{}; }, [](double sum) { return sum; });
  else if (p == 1)
    total([](Vector<T> v) { return magnitude(v); }, [](double sum) { return sum; });
  else if (p == 2)
    total([](Vector<T> v) { return v * v; }, [](double sum) { return __builtin_sqrt(sum); });
  else
    total([p](Vector<T> v) { return power<T>(magnitude(v), p); }, [p](double s) { return __builtin_pow(s, 1 / p); });
}

/// The derivative of the largest or smallest |x|: elements that have it share dy.
template <class T>
inline void extreme_norm_backward(Out<T> dx, In<T> dy, In<T> x, In<T> y) {
  const Cut cut = cut_of(x);
  T* const share = numbers_of_lines<T>(cut, 1);
  const auto one = [](Vector<T> value, const auto& number) {
    return magnitude(value) == number() ? broadcast(T(1)) : Vector<T>{};
  };
  total_lines<T>(cut, x.data(), y.data(), one,
                 [&](int64_t line, double count) { share[line] = dy.data()[line] / T(count); });
  map_lines<T>(dx, x, y.data(), share, [](Vector<T> value, Vector<T> wanted, Vector<T> part) {
    return magnitude(value) == wanted ? signed_by(part, value) : Vector<T>{};
  });
}

/// dx = dy sign(x) (|x| / y)^(p - 1), 0 where x or y is 0; p is not 0.
template <class T>
void norm_backward(Out<T> dx, In<T> dy, In<T> x, In<T> y, double p) {
  if (!dx) return;
  if (__builtin_isinf(p)) return extreme_norm_backward<T>(dx, dy, x, y);
  const Cut cut = cut_of(x);
  T* const factor = numbers_of_lines<T>(cut, 1);
  cut.each_line(1, [&](int64_t line) {
    const double norm = double(y.data()[line]), gradient = double(dy.data()[line]);
    factor[line] = p == 1 ? T(gradient) : norm == 0 ? T(0) : T(gradient * __builtin_pow(norm, 1 - p));
  });
  const auto write = [&](const auto& f) { map_lines<T>(dx, x, y.data(), factor, f); };
  if (p == 1)
    write([](Vector<T> value, Vector<T>, Vector<T> factor) { return signed_by(factor, value); });
  else if (p == 2)
    write([](Vector<T> value, Vector<T>, Vector<T> factor) { return value * factor; });
  else
    write([p](Vector<T> value, Vector<T>, Vector<T> factor) {
      const Vector<T> size = magnitude(value);
      return signed_by(size == T(0) ? Vector<T>{} : power<T>(size, p - 1) * factor, value);
    });
}

}  // namespace
}  // namespace mushin
