// Vector exp, log, tanh and sigmoid for float and double, within 4 ulp; subnormal results may be zero.
// Each is a range reduction followed by the function's own power series, cut where the next term is
// below half an ulp; the coefficients are therefore nothing but 1/k! and 1/(2k+1).
#pragma once
#include <limits>

#include "vector.h"

namespace mushin {
namespace {
namespace math {

template <class T>
struct FloatFormat;
template <>
struct FloatFormat<float> {
  static constexpr int mantissa_bits = 23, exponent_bias = 127, exp_terms = 7, log_terms = 5;
  static constexpr float exp_low = -104.0f, exp_high = 89.0f;
};
template <>
struct FloatFormat<double> {
  static constexpr int mantissa_bits = 52, exponent_bias = 1023, exp_terms = 13, log_terms = 11;
  static constexpr double exp_low = -746.0, exp_high = 710.0;
};

// ln 2 in two parts; the upper has so few bits that its product with any exponent is exact.
constexpr double ln2_high = 0x1.62ep-1, ln2_low = 0x1.0bfbe8e7bcd5ep-15;
constexpr double ln2_high_double = 0x1.62e42feep-1, ln2_low_double = 0x1.a39ef35793c76p-33;
template <class T>
constexpr T ln2_upper = sizeof(T) == 4 ? T(ln2_high) : T(ln2_high_double);
template <class T>
constexpr T ln2_lower = sizeof(T) == 4 ? T(ln2_low) : T(ln2_low_double);

constexpr double inverse_factorial(int k) { return k <= 1 ? 1.0 : inverse_factorial(k - 1) / k; }

/// 2 to the power of an integer-valued exponent within the normal range.
template <class T>
inline Vector<T> power_of_two(Vector<Integer<T>> exponent) {
  using F = FloatFormat<T>;
  return (Vector<T>)((exponent + F::exponent_bias) << F::mantissa_bits);
}

template <class T>
struct ExpParts {
  Vector<T> remainder_minus_one;     // exp(r) - 1 for r = x - n ln 2, |r| <= ln(2) / 2
  Vector<T> scale_half, scale_rest;  // their product is 2^n; two factors, since 2^n itself may be out of range
};

template <class T>
inline ExpParts<T> exp_parts(Vector<T> x) {
  using F = FloatFormat<T>;
  // Adding 1.5 * 2^mantissa_bits rounds to the nearest integer, which then stands in the low bits.
  const T round = T(3) * T(int64_t(1) << (F::mantissa_bits - 1));
  Vector<T> shifted = fma(x, broadcast(T(1.4426950408889634074)), broadcast(round));
  Vector<T> n = shifted - round;
  Vector<Integer<T>> exponent = (Vector<Integer<T>>)shifted - (Vector<Integer<T>>)broadcast(round);
  Vector<T> r = fma(n, broadcast(-ln2_upper<T>), x);
  r = fma(n, broadcast(-ln2_lower<T>), r);
  Vector<T> series = broadcast(T(inverse_factorial(F::exp_terms)));
#pragma GCC unroll 16
  for (int k = F::exp_terms - 1; k >= 2; --k) series = fma(series, r, broadcast(T(inverse_factorial(k))));
  Vector<Integer<T>> half = exponent >> 1;
  return {fma(series * r, r, r), power_of_two<T>(half), power_of_two<T>(exponent - half)};
}

template <class T>
inline Vector<T> clamp_exponent(Vector<T> x) {
  using F = FloatFormat<T>;
  Vector<T> clamped = x > F::exp_high ? broadcast(F::exp_high) : x;  // a NaN passes both comparisons
  return clamped < F::exp_low ? broadcast(F::exp_low) : clamped;
}

template <class T>
inline Vector<T> exp(Vector<T> x) {
  ExpParts<T> parts = exp_parts<T>(clamp_exponent<T>(x));
  return (parts.remainder_minus_one + T(1)) * parts.scale_half * parts.scale_rest;
}

/// exp(x) - 1, exact near zero.
template <class T>
inline Vector<T> expm1(Vector<T> x) {
  ExpParts<T> parts = exp_parts<T>(clamp_exponent<T>(x));
  Vector<T> scale = parts.scale_half * parts.scale_rest;
  return fma(parts.remainder_minus_one, scale, scale - T(1));
}

template <class T>
inline Vector<T> sigmoid(Vector<T> x) {
  return T(1) / (T(1) + exp<T>(-x));
}

template <class T>
inline Vector<T> tanh(Vector<T> x) {
  // tanh(|x|) = e / (e + 2) with e = exp(2|x|) - 1; beyond 20 it is 1 to the last bit of a double.
  Vector<T> magnitude = x < T(0) ? -x : x;
  Vector<T> twice = magnitude > T(20) ? broadcast(T(40)) : magnitude + magnitude;
  Vector<T> e = expm1<T>(twice);
  Vector<T> result = e / (e + T(2));
  return x < T(0) ? -result : (x == T(0) ? x : result);
}

template <class T>
inline Vector<T> log(Vector<T> x) {
  using F = FloatFormat<T>;
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s), s = (m - 1) / (m + 1).
  using Bits = Vector<Integer<T>>;
  constexpr Integer<T> sqrt_half = sizeof(T) == 4 ? Integer<T>(0x3f3504f3) : Integer<T>(0x3fe6a09e667f3bcdll);
  const T smallest = std::numeric_limits<T>::min();
  // What is below gets its result at the end; its bits, taken as an integer, could overflow here.
  const Bits bits = (Bits)(x < smallest ? broadcast(smallest) : x);
  Bits exponent = (bits - sqrt_half) >> F::mantissa_bits;
  Vector<T> m = (Vector<T>)(bits - (exponent << F::mantissa_bits));
  Vector<T> e = __builtin_convertvector(exponent, Vector<T>);
  Vector<T> f = m - T(1);
  Vector<T> s = f / (m + T(1));
  Vector<T> square = s * s;
  Vector<T> series = broadcast(T(1.0 / (2 * F::log_terms + 1)));
#pragma GCC unroll 16
  for (int k = F::log_terms - 1; k >= 1; --k) series = fma(series, square, broadcast(T(1.0 / (2 * k + 1))));
  // 2 s = f - s f keeps the bits of f, which is exact.
  Vector<T> correction = fma(e, broadcast(ln2_lower<T>), s * (T(2) * square * series - f));
  Vector<T> result = fma(e, broadcast(ln2_upper<T>), f + correction);
  const T infinity = std::numeric_limits<T>::infinity();
  result = x < smallest ? broadcast(-infinity) : result;
  result = x < T(0) ? broadcast(std::numeric_limits<T>::quiet_NaN()) : result;
  return (x == infinity || x != x) ? x : result;
}

}  // namespace math
}  // namespace
}  // namespace mushin
