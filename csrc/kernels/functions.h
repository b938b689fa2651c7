// What lines of elementwise.h need more than one expression for: functions of a vector or two.
#pragma once
#include "../simd/power.h"

namespace mushin {
namespace {

template <class T>
constexpr T ln2 = T(0.69314718055994530942);
template <class T>
constexpr T ln10 = T(2.3025850929940456840);
// Klambauer et al. 2017, equation 14.
template <class T>
constexpr T selu_alpha = T(1.6732632423543772848);
template <class T>
constexpr T selu_scale = T(1.0507009873554804934);

template <class T>
inline Vector<T> sign_of(Vector<T> x) {
  return x > T(0) ? broadcast(T(1)) : (x < T(0) ? broadcast(T(-1)) : x);
}

/// x, or alpha (exp(x) - 1) below 0.
template <class T>
inline Vector<T> elu_value(Vector<T> x, T alpha) {
  return x > T(0) ? x : alpha * math::expm1<T>(x);
}
template <class T>
inline Vector<T> elu_derivative(Vector<T> x, T alpha) {
  return x > T(0) ? broadcast(T(1)) : alpha * math::exp<T>(x);
}

template <class T>
inline Vector<T> silu_derivative(Vector<T> x) {
  const Vector<T> gate = math::sigmoid<T>(x);
  return fma(x * gate, T(1) - gate, gate);
}

/// tanh(log(1 + e)) = e (e + 2) / (e (e + 2) + 2) with e = exp(x); beyond 20 it is 1 to the last bit.
template <class T>
inline Vector<T> mish_gate(Vector<T> x) {
  const Vector<T> e = math::exp<T>(clamp<T>(x, T(-1000), T(20))), product = e * (e + T(2));
  return product / (product + T(2));
}
template <class T>
inline Vector<T> mish_derivative(Vector<T> x) {
  const Vector<T> gate = mish_gate<T>(x), bounded = clamp<T>(x, T(-1000), T(1000));
  return fma(bounded * math::sigmoid<T>(x), T(1) - gate * gate, gate);
}

/// x times the normal distribution below x (Hendrycks and Gimpel 2016, section 2).
template <class T>
inline Vector<T> gelu_value(Vector<T> x) {
  const Vector<T> magnitude = x < T(0) ? -x : x;
  const Vector<T> tail = math::exp_of_square<T>(magnitude, T(0.5)).times(math::scaled_tail<T>(magnitude));
  const Vector<T> far = x < T(0) ? fma(x, broadcast(T(0)), -tail) : x - tail;  // NaN at -infinity, as x times 0 is
  return magnitude < T(1) ? x * math::normal_near_zero<T>(x) : far;
}
template <class T>
inline Vector<T> gelu_derivative(Vector<T> x) {
  const Vector<T> magnitude = clamp<T>(x < T(0) ? -x : x, T(0), T(64));
  const Vector<T> slope = math::exp_of_square<T>(magnitude, T(0.5)).times(math::scaled_slope<T>(magnitude));
  const Vector<T> far = x < T(0) ? slope : T(1) - slope;
  return magnitude < T(1) ? math::slope_near_zero<T>(x) : far;
}

/// Their approximation, x (1 + tanh(v)) / 2 with v = sqrt(2 / pi) (x + 0.044715 x^3), is x times the sigmoid of 2 v.
template <class T>
inline Vector<T> gelu_tanh_sigmoid(Vector<T> x) {
  constexpr T first = T(1.5957691216057307117), third = T(0.044715 * 1.5957691216057307117);
  return math::sigmoid<T>(x * fma(x * x, broadcast(third), broadcast(first)));
}
template <class T>
inline Vector<T> gelu_tanh_value(Vector<T> x) {
  return x * gelu_tanh_sigmoid<T>(x);
}
template <class T>
inline Vector<T> gelu_tanh_derivative(Vector<T> x) {
  constexpr T first = T(1.5957691216057307117), third = T(3 * 0.044715 * 1.5957691216057307117);
  const Vector<T> y = gelu_tanh_sigmoid<T>(x), bounded = clamp<T>(x, T(-64), T(64));
  const Vector<T> slope = fma(bounded * bounded, broadcast(third), broadcast(first));
  return fma(bounded * slope * y, T(1) - y, y);
}

/// x, but no less than low and no more than high, in this order; a NaN stays.
template <class T>
inline Vector<T> bounded(Vector<T> x, T low, T high) {
  const Vector<T> raised = x < low ? broadcast(low) : x;
  return raised > high ? broadcast(high) : raised;
}

/// x^exponent of numbers that are not negative; the usual exponents need no logarithm.
template <class T>
inline Vector<T> power(Vector<T> x, T exponent) {
  if (exponent == T(1)) return x;
  if (exponent == T(2)) return x * x;
  return math::pow(x, broadcast(exponent));
}

/// log(1 + exp(x)).
template <class T>
inline Vector<T> softplus_of(Vector<T> x) {
  return (x > T(0) ? x : Vector<T>{}) + math::log1p<T>(math::exp<T>(-absolute<T>(x)));
}

// --- of two

/// The derivatives of a^b, without NaN where a power is constant.
template <class T>
inline Vector<T> pow_slope(Vector<T> a, Vector<T> b) {
  return b == T(0) ? Vector<T>{} : b * math::pow(a, b - T(1));
}
template <class T>
inline Vector<T> pow_growth(Vector<T> a, Vector<T> b) {
  return (a == T(0)) & (b >= T(0)) ? Vector<T>{} : math::pow(a, b) * math::log<T>(a);
}

/// What is left of a after so many b as fit, with a's sign. Only the C library has it exactly.
template <class T>
inline Vector<T> fmod_of(Vector<T> a, Vector<T> b) {
  Vector<T> rest;
  for (int i = 0; i < lanes<T>; ++i) rest[i] = T(__builtin_fmod(double(a[i]), double(b[i])));
  return rest;
}
/// The same with b's sign.
template <class T>
inline Vector<T> remainder_of(Vector<T> a, Vector<T> b) {
  Vector<T> rest = fmod_of<T>(a, b);
  rest = rest == T(0) ? with_sign_of<T>(absolute<T>(rest), b) : rest;
  return (rest != T(0)) & ((rest < T(0)) != (b < T(0))) ? rest + b : rest;
}
/// Python's a // b: what is left is taken off first, so that the quotient is exact.
template <class T>
inline Vector<T> floor_of_quotient(Vector<T> a, Vector<T> b) {
  const Vector<T> rest = fmod_of<T>(a, b), quotient = math::round<T>((a - rest) / b);
  const Vector<T> lower = (rest != T(0)) & ((rest < T(0)) != (b < T(0))) ? quotient - T(1) : quotient;
  return b == T(0) ? a / b : lower;
}

/// log(exp(a) + exp(b)); equal infinities have no difference.
template <class T>
inline Vector<T> log_of_sum(Vector<T> a, Vector<T> b) {
  const Vector<T> difference = a == b ? Vector<T>{} : a - b;
  return (a > b || a != a ? a : b) + math::log1p<T>(math::exp<T>(-absolute<T>(difference)));
}

/// What the larger of two gets of dy, here a: all of it, half of it for equals, nothing if it is the smaller.
template <class T>
inline Vector<T> unless_less(Vector<T> a, Vector<T> b, Vector<T> dy) {
  return a < b ? Vector<T>{} : (a == b ? dy * T(0.5) : dy);
}

}  // namespace
}  // namespace mushin
