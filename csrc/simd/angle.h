// Functions of angles and of hyperbolas with their inverses, powers of two, and the error function's complement and
// inverse: within 4 ulp as math.h's, of whose functions and power series they are made.
#pragma once
#include "power.h"

namespace mushin {
namespace {
namespace math {

template <class T>
constexpr int atan_terms = sizeof(T) == 4 ? 9 : 20;
// pi / 2 and pi / 4: a number of T, and what that leaves.
template <class T>
constexpr T half_pi = T(1.5707963267948966192);
template <class T>
constexpr T half_pi_rest = sizeof(T) == 4 ? T(-4.3711390001862426e-8) : T(6.1232339957367659e-17);

/// The arctangent of a number from 0 to 1 as `base` + `rest`: z - z^3 / 3 + z^5 / 5 - ... up to z = tan(pi / 8), and
/// pi / 4 + atan((x - 1) / (x + 1)) beyond.
template <class T>
struct Arctangent {
  Vector<T> base, rest;

  explicit Arctangent(Vector<T> x) {
    const auto is_far = x > T(0.41421356237309504880);
    const Vector<T> z = is_far ? (x - T(1)) / (x + T(1)) : x, square = z * z;
    constexpr int terms = atan_terms<T>;
    Vector<T> series = broadcast(T((terms % 2 == 0 ? 1.0 : -1.0) / (2 * terms + 1)));
#pragma GCC unroll 20
    for (int k = terms - 1; k >= 1; --k)
      series = fma(series, square, broadcast(T((k % 2 == 0 ? 1.0 : -1.0) / (2 * k + 1))));
    base = is_far ? broadcast(half_pi<T> * T(0.5)) : Vector<T>{};
    rest = fma(series * square, z, z) + (is_far ? broadcast(half_pi_rest<T> * T(0.5)) : Vector<T>{});
  }
  Vector<T> value() const { return base + rest; }
  /// half_pi times 1 or 2, less the value.
  Vector<T> from(T times) const { return (half_pi<T> * times - base) + (half_pi_rest<T> * times - rest); }
};

template <class T>
inline Vector<T> atan(Vector<T> x) {
  const Vector<T> magnitude = absolute<T>(x);
  const auto is_steep = magnitude > T(1);
  const Arctangent<T> flat(is_steep ? T(1) / magnitude : magnitude);
  return with_sign_of<T>(is_steep ? flat.from(T(1)) : flat.value(), x);
}

/// The angle of the point (x, y), from -pi to pi; C's answers for zeros and infinities.
template <class T>
inline Vector<T> atan2(Vector<T> y, Vector<T> x) {
  const Vector<T> height = absolute<T>(y), width = absolute<T>(x);
  const auto is_steep = height > width;
  const Vector<T> longer = is_steep ? height : width, shorter = is_steep ? width : height;
  // Equal sides, of which both may be 0 or infinite, have no quotient.
  const Vector<T> equal = longer == T(0) ? longer : broadcast(T(1));
  const Arctangent<T> flat(shorter == longer ? equal : shorter / longer);
  const auto is_left = (Vector<Integer<T>>)x < 0;  // of a negative zero, too
  // In the left half pi less the angle: of a steep one that is pi / 2 and what is left of it.
  const Vector<T> steep = is_left ? half_pi<T> + flat.base + (half_pi_rest<T> + flat.rest) : flat.from(T(1));
  const Vector<T> angle = is_steep ? steep : is_left ? flat.from(T(2)) : flat.value();
  return (x != x) | (y != y) ? x + y : with_sign_of<T>(angle, y);
}

/// The angle of the point (sqrt(1 - x^2), x), whose squares would lose what is near 1.
template <class T>
inline Vector<T> asin(Vector<T> x) {
  return atan<T>(x / sqrt((T(1) - x) * (T(1) + x)));
}

/// Twice the angle of the point (1 + x, sqrt(1 - x^2)), divided by sqrt(1 + x).
template <class T>
inline Vector<T> acos(Vector<T> x) {
  return T(2) * atan<T>(sqrt((T(1) - x) / (T(1) + x)));
}

template <class T>
inline Vector<T> tan(Vector<T> x) {
  return sin_or_cos<T>(x, 0) / sin_or_cos<T>(x, 1);
}

/// (exp(x) + exp(-x)) / 2, by halves of x: exp(x) itself is out of range earlier than its half.
template <class T>
inline Vector<T> cosh(Vector<T> x) {
  const Vector<T> root = exp<T>(absolute<T>(x) * T(0.5));
  return fma(root * T(0.5), root, T(0.5) / root / root);
}

/// (e + e / (e + 1)) / 2 with e = exp(x) - 1 and, where exp(-x) is nothing beside exp(x), half of that.
template <class T>
inline Vector<T> sinh(Vector<T> x) {
  const Vector<T> magnitude = absolute<T>(x), e = expm1<T>(clamp<T>(magnitude, T(0), T(40)));
  const Vector<T> root = exp<T>(magnitude * T(0.5));
  const Vector<T> near = T(0.5) * (e + e / (e + T(1)));
  // The halves of the smallest numbers would be zero.
  constexpr T linear = sizeof(T) == 4 ? T(2e-4) : T(1e-8);
  const Vector<T> result = magnitude > T(20) ? root * T(0.5) * root : magnitude < linear ? magnitude : near;
  return with_sign_of<T>(result, x);
}

/// Beyond it 1 is nothing beside x^2.
template <class T>
constexpr T far_out = sizeof(T) == 4 ? T(1e6) : T(1e12);

/// log(x + sqrt(x^2 + 1)).
template <class T>
inline Vector<T> asinh(Vector<T> x) {
  const Vector<T> magnitude = absolute<T>(x), near = clamp<T>(magnitude, T(0), far_out<T>);
  const Vector<T> square = near * near;
  const Vector<T> small = log1p<T>(near + square / (T(1) + sqrt(T(1) + square)));
  const Vector<T> large = log<T>(magnitude) + T(0.69314718055994530942);
  return with_sign_of<T>(magnitude > far_out<T> ? large : small, x);
}

/// log(x + sqrt(x^2 - 1)); NaN below 1.
template <class T>
inline Vector<T> acosh(Vector<T> x) {
  const Vector<T> beyond = (x > far_out<T> ? broadcast(far_out<T>) : x) - T(1);
  const Vector<T> near = log1p<T>(beyond + sqrt(beyond * (beyond + T(2))));
  const Vector<T> result = x > far_out<T> ? log<T>(x) + T(0.69314718055994530942) : near;
  return x < T(1) ? broadcast(std::numeric_limits<T>::quiet_NaN()) : result;
}

/// log((1 + x) / (1 - x)) / 2; NaN beyond 1.
template <class T>
inline Vector<T> atanh(Vector<T> x) {
  const Vector<T> magnitude = absolute<T>(x);
  const Vector<T> result = T(0.5) * log1p<T>((magnitude + magnitude) / (T(1) - magnitude));
  return with_sign_of<T>(result, x);
}

/// 2^x: the exponent is x's integer part.
template <class T>
inline Vector<T> exp2(Vector<T> x) {
  constexpr T bound = sizeof(T) == 4 ? T(160) : T(1100);
  const Vector<T> held = clamp<T>(x, -bound, bound), n = round<T>(held);
  ExpArgument<T> argument(Vector<T>{});
  argument.n = n;
  argument.rest = (held - n) * T(0.69314718055994530942);
  return Exp<T>(argument).value();
}

/// 1 - erf(x), exact where erf(x) is near 1: twice the normal distribution's tail at sqrt(2) x.
template <class T>
inline Vector<T> erfc(Vector<T> x) {
  const Vector<T> magnitude = absolute<T>(x), z = magnitude * T(1.4142135623730950488);
  const Vector<T> tail = exp_of_square<T>(magnitude, T(1)).times(T(2) * scaled_tail<T>(z) / z);
  const Vector<T> far = x < T(0) ? T(2) - tail : tail;
  return magnitude < T(0.75) ? T(1) - erf<T>(x) : far;
}

/// The x of an erf(x): a guess within 2e-3 (Winitzki 2008), mended by Halley's steps. Beyond 1/2 they are taken
/// on 1 - erf(x), which is not rounded away.
template <class T>
inline Vector<T> erfinv(Vector<T> y) {
  constexpr T a = T(0.147), slope = T(1.1283791670955125739);
  const Vector<T> magnitude = absolute<T>(y), rest = T(1) - magnitude;
  const Vector<T> logarithm = log<T>(rest * (T(1) + magnitude));
  const Vector<T> half = T(0.63661977236758134308 / 0.147) + logarithm * T(0.5);
  Vector<T> x = sqrt(-logarithm / a / (sqrt(half * half - logarithm / a) + half));
  constexpr int steps = sizeof(T) == 4 ? 2 : 3;
  for (int step = 0; step < steps; ++step) {
    const Vector<T> error = magnitude < T(0.5) ? erf<T>(x) - magnitude : rest - erfc<T>(x);
    const Vector<T> newton = error / (slope * exp_of_square<T>(x, T(1)).value());
    x = x - newton / (T(1) + x * newton);
  }
  const T infinity = std::numeric_limits<T>::infinity();
  x = magnitude == T(1) ? broadcast(infinity) : magnitude == T(0) ? magnitude : x;
  return with_sign_of<T>(x, y);
}

}  // namespace math

}  // namespace
}  // namespace mushin
