// Rounding to integers, and powers.
#pragma once
#include "math.h"

namespace mushin {
namespace {
namespace math {

/// The nearest integer, the even one of two. Beside `large` the integers are all the numbers there are.
template <class T>
inline Vector<T> round(Vector<T> x) {
  const T large = T(int64_t(1) << FloatFormat<T>::mantissa_bits);
  const Vector<T> magnitude = absolute<T>(x);
  return magnitude < large ? with_sign_of<T>((magnitude + large) - large, x) : x;
}
template <class T>
inline Vector<T> floor(Vector<T> x) {
  const Vector<T> rounded = round<T>(x);
  return rounded > x ? rounded - T(1) : rounded;
}
template <class T>
inline Vector<T> trunc(Vector<T> x) {
  return with_sign_of<T>(floor<T>(absolute<T>(x)), x);
}
template <class T>
inline Vector<T> ceil(Vector<T> x) {
  return -floor<T>(-x);
}

/// a^b, with C's answers for zeros, infinities and NaN. The logarithm's error grows with the exponent: only in twice
/// the width can it be ignored, so doubles are left to the C library.
inline Vector<double> pow(Vector<double> a, Vector<double> b) {
  Vector<double> result;
  for (int i = 0; i < lanes<double>; ++i) result[i] = __builtin_pow(a[i], b[i]);
  return result;
}
inline Vector<float> pow(Vector<float> a, Vector<float> b) {
  using Half = PartOf<float, vector_bytes / 2>::type;
  Half bases[2], exponents[2], powers[2];
  const Vector<float> magnitude = absolute<float>(a);
  __builtin_memcpy(bases, &magnitude, sizeof bases);
  __builtin_memcpy(exponents, &b, sizeof exponents);
  for (int i = 0; i < 2; ++i) {
    const auto logarithm = log<double>(__builtin_convertvector(bases[i], Vector<double>));
    const auto exponent = __builtin_convertvector(exponents[i], Vector<double>);
    powers[i] = __builtin_convertvector(exp<double>(exponent * logarithm), Half);
  }
  Vector<float> result;
  __builtin_memcpy(&result, powers, sizeof result);
  const float infinity = std::numeric_limits<float>::infinity();
  const auto is_integer = round<float>(b) == b, is_odd = is_integer & (round<float>(b * 0.5f) != b * 0.5f);
  result = (magnitude == 1.0f) & (b == b) ? broadcast(1.0f) : result;
  result = is_odd ? with_sign_of<float>(result, a) : result;
  const auto is_complex = (a < 0.0f) & (a > -infinity) & ~is_integer;
  result = is_complex ? broadcast(std::numeric_limits<float>::quiet_NaN()) : result;
  return (b == 0.0f) | (a == 1.0f) ? broadcast(1.0f) : result;
}

}  // namespace math
}  // namespace
}  // namespace mushin
