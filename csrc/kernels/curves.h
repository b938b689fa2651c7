// What lines of elementwise.h need of angles and lengths.
#pragma once
#include "../simd/angle.h"
#include "functions.h"

namespace mushin {
namespace {

template <class T>
constexpr T pi = T(3.1415926535897932385);

/// sin(pi x) / (pi x), 0 at integers other than 0.
template <class T>
inline Vector<T> sinc_value(Vector<T> x) {
  const Vector<T> n = math::round<T>(x), sine = math::sin_or_cos<T>((x - n) * pi<T>, 0);
  const auto is_odd = math::round<T>(n * T(0.5)) != n * T(0.5);
  return x == T(0) ? broadcast(T(1)) : (is_odd ? -sine : sine) / (x * pi<T>);
}
/// (cos(pi x) - sinc(x)) / x; near 0, where the two are alike, pi times the derivative's series.
template <class T>
inline Vector<T> sinc_slope(Vector<T> x) {
  constexpr int terms = sizeof(T) == 4 ? 6 : 10;
  const Vector<T> angle = x * pi<T>, square = angle * angle;
  Vector<T> series = Vector<T>{};
#pragma GCC unroll 10
  for (int k = terms; k >= 1; --k)
    series = fma(series, square, broadcast(T(2 * k * math::inverse_factorial(2 * k + 1) * (k % 2 == 0 ? 1 : -1))));
  const Vector<T> far = (math::sin_or_cos<T>(angle, 1) - sinc_value<T>(x)) / x;
  return absolute<T>(angle) < T(1) ? pi<T> * angle * series : far;
}

/// sqrt(a^2 + b^2) of numbers whose squares may be out of range.
template <class T>
inline Vector<T> hypotenuse(Vector<T> a, Vector<T> b) {
  const Vector<T> p = absolute<T>(a), q = absolute<T>(b);
  const Vector<T> longer = p > q ? p : q, ratio = (p > q ? q : p) / longer;
  const T infinity = std::numeric_limits<T>::infinity();
  const Vector<T> length = longer == T(0) ? longer : longer * sqrt(fma(ratio, ratio, broadcast(T(1))));
  return (p == infinity) | (q == infinity) ? broadcast(infinity) : (a != a) | (b != b) ? a + b : length;
}
/// Its derivative in a; 0 at the origin.
template <class T>
inline Vector<T> hypotenuse_slope(Vector<T> a, Vector<T> b) {
  const Vector<T> length = hypotenuse<T>(a, b);
  return length == T(0) ? Vector<T>{} : a / length;
}

/// dy a / (a^2 + b^2): what both derivatives of an angle are; 0 at the origin.
template <class T>
inline Vector<T> angle_slope(Vector<T> a, Vector<T> b) {
  const Vector<T> length = hypotenuse<T>(a, b);
  return length == T(0) ? Vector<T>{} : a / length / length;
}

/// 1 / sqrt(1 + x^2), of an x whose square may be out of range.
template <class T>
inline Vector<T> reciprocal_length(Vector<T> x) {
  return T(1) / hypotenuse<T>(x, broadcast(T(1)));
}

/// |a| with b's sign, and its derivative in a: 0 at 0, where it has a kink.
template <class T>
inline Vector<T> copied_sign(Vector<T> a, Vector<T> b) {
  return with_sign_of<T>(absolute<T>(a), b);
}
template <class T>
inline Vector<T> copied_sign_slope(Vector<T> a, Vector<T> b) {
  return a == T(0) ? Vector<T>{} : copied_sign<T>(a, b) / a;
}

/// a log(b), which is 0 where a is, however small b.
template <class T>
inline Vector<T> xlogy_value(Vector<T> a, Vector<T> b) {
  return (a == T(0)) & (b == b) ? Vector<T>{} : a * math::log<T>(b);
}
/// The derivative of a log(b) in a; 0 where the product is 0 however small b is.
template <class T>
inline Vector<T> xlogy_slope(Vector<T> a, Vector<T> b) {
  return (a == T(0)) & (b <= T(0)) ? Vector<T>{} : math::log<T>(b);
}

/// 1 above 0, 0 below.
template <class T>
inline Vector<T> step_of(Vector<T> x) {
  return x > T(0) ? broadcast(T(1)) : (x < T(0) ? Vector<T>{} : x);
}

/// Whether b takes the place of a as the larger one: only a number does, but any does of a NaN.
template <class T>
inline auto beats(Vector<T> b, Vector<T> a) {
  return (b > a) | ((a != a) & (b == b));
}

/// log2(2^a + 2^b); equal infinities have no difference.
template <class T>
inline Vector<T> log2_of_sum(Vector<T> a, Vector<T> b) {
  const Vector<T> difference = a == b ? Vector<T>{} : a - b;
  return (a > b || a != a ? a : b) + math::log1p<T>(math::exp2<T>(-absolute<T>(difference))) / ln2<T>;
}

/// Its derivative in a.
template <class T>
inline Vector<T> log2_share(Vector<T> a, Vector<T> b) {
  return math::sigmoid<T>((a - b) * ln2<T>);
}

}  // namespace
}  // namespace mushin
