// Vector exp, log, tanh, sigmoid, sin, cos, erf and the normal distribution for float and double, within 4 ulp;
// subnormal results may be zero. Each is a range reduction followed by the function's own power series, cut where the
// next term is below half an ulp; the coefficients are therefore nothing but 1/k! and the like. Only the complementary
// error function has fitted ones: tools/fit_erfc.py prints them.
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
  static constexpr int mantissa_bits = 23, exponent_bias = 127, exp_terms = 7, log_terms = 5, erf_terms = 11;
  static constexpr int sin_degree = 9, cos_degree = 10;
  static constexpr float exp_low = -104.0f, exp_high = 89.0f;
};
template <>
struct FloatFormat<double> {
  static constexpr int mantissa_bits = 52, exponent_bias = 1023, exp_terms = 13, log_terms = 11, erf_terms = 18;
  static constexpr int sin_degree = 17, cos_degree = 16;
  static constexpr double exp_low = -746.0, exp_high = 710.0;
};

/// Added to a number and subtracted again, it leaves the nearest integer, which then stood in the low bits.
template <class T>
constexpr T rounding = T(3) * T(int64_t(1) << (FloatFormat<T>::mantissa_bits - 1));

/// The sum of coefficients[i] x^i.
template <class T, int count>
inline Vector<T> polynomial(Vector<T> x, const T (&coefficients)[count]) {
  Vector<T> sum = broadcast(coefficients[count - 1]);
#pragma GCC unroll 32
  for (int i = count - 2; i >= 0; --i) sum = fma(sum, x, broadcast(coefficients[i]));
  return sum;
}

// ln 2 in two parts; the upper has so few bits that its product with any exponent is exact.
constexpr double ln2_high = 0x1.62ep-1, ln2_low = 0x1.0bfbe8e7bcd5ep-15;
constexpr double ln2_high_double = 0x1.62e42feep-1, ln2_low_double = 0x1.a39ef35793c76p-33;
template <class T>
constexpr T ln2_upper = sizeof(T) == 4 ? T(ln2_high) : T(ln2_high_double);
template <class T>
constexpr T ln2_lower = sizeof(T) == 4 ? T(ln2_low) : T(ln2_low_double);

constexpr double inverse_factorial(int k) { return k <= 1 ? 1.0 : inverse_factorial(k - 1) / k; }
/// Of x^(2 k + 1) in the series of erf(x).
constexpr double erf_coefficient(int k) {
  return 1.1283791670955125739 * inverse_factorial(k) / (2 * k + 1) * (k % 2 == 0 ? 1 : -1);
}

/// x 2^n for an integer-valued n, also where 2^n itself is out of range.
#if defined(__AVX512F__)
inline Vector<float> scale(Vector<float> x, Vector<float> n) { return _mm512_scalef_ps(x, n); }
inline Vector<double> scale(Vector<double> x, Vector<double> n) { return _mm512_scalef_pd(x, n); }
#else
template <class V>
inline V scale(V x, V n) {
  using T = decltype(x[0] + x[0]);
  using F = FloatFormat<T>;
  using Bits = Vector<Integer<T>>;
  const Bits exponent = (Bits)(n + rounding<T>)-(Bits)broadcast(rounding<T>), half = exponent >> 1;
  const V first = (V)((half + F::exponent_bias) << F::mantissa_bits);
  const V rest = (V)((exponent - half + F::exponent_bias) << F::mantissa_bits);
  return x * first * rest;
}
#endif

template <class T>
struct ExpParts {
  Vector<T> remainder_minus_one;  // exp(r) - 1 for r = x - n ln 2, |r| <= ln(2) / 2
  Vector<T> n;
};

template <class T>
inline ExpParts<T> exp_parts(Vector<T> x) {
  using F = FloatFormat<T>;
  x = clamp<T>(x, F::exp_low, F::exp_high);
  const Vector<T> n = fma(x, broadcast(T(1.4426950408889634074)), broadcast(rounding<T>)) - rounding<T>;
  Vector<T> r = fma(n, broadcast(-ln2_upper<T>), x);
  r = fma(n, broadcast(-ln2_lower<T>), r);
  Vector<T> series = broadcast(T(inverse_factorial(F::exp_terms)));
#pragma GCC unroll 16
  for (int k = F::exp_terms - 1; k >= 2; --k) series = fma(series, r, broadcast(T(inverse_factorial(k))));
  return {fma(series * r, r, r), n};
}

template <class T>
inline Vector<T> exp(Vector<T> x) {
  const ExpParts<T> parts = exp_parts<T>(x);
  return scale(parts.remainder_minus_one + T(1), parts.n);
}

/// exp(x) - 1, exact near zero.
template <class T>
inline Vector<T> expm1(Vector<T> x) {
  const ExpParts<T> parts = exp_parts<T>(x);
  const Vector<T> power = scale(broadcast(T(1)), parts.n);
  return fma(parts.remainder_minus_one, power, power - T(1));
}

template <class T>
inline Vector<T> sigmoid(Vector<T> x) {
  return reciprocal<T>(T(1) + exp<T>(-x));
}

template <class T>
inline Vector<T> tanh(Vector<T> x) {
  // tanh(|x|) = e / (e + 2) with e = exp(2|x|) - 1; beyond 20 it is 1 to the last bit of a double.
  Vector<T> magnitude = x < T(0) ? -x : x;
  Vector<T> twice = magnitude > T(20) ? broadcast(T(40)) : magnitude + magnitude;
  Vector<T> e = expm1<T>(twice);
  Vector<T> result = e * reciprocal<T>(e + T(2));
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

// pi / 2 in four parts; three have so few bits that their products with any n up to `most` are exact.
template <class T>
struct QuarterTurn;
template <>
struct QuarterTurn<float> {
  static constexpr float parts[] = {0x1.92p+0f, 0x1.fb4p-12f, 0x1.444p-24f, 0x1.68c234p-39f};
  static constexpr float most = 4096;
};
template <>
struct QuarterTurn<double> {
  static constexpr double parts[] = {0x1.921fb5p+0, 0x1.110b46p-26, 0x1.1a6263p-54, 0x1.8a2e03707344ap-81};
  static constexpr double most = 67108864;
};

template <class T>
inline T far_sin_or_cos(T x, int quarters) {
  return T(quarters == 0 ? __builtin_sin(double(x)) : __builtin_cos(double(x)));
}

/// sin(x + quarters pi / 2) for quarters 0 and 1: the sine and the cosine.
template <class T>
inline Vector<T> sin_or_cos(Vector<T> x, int quarters) {
  using F = FloatFormat<T>;
  using Bits = Vector<Integer<T>>;
  const Vector<T> shifted = fma(x, broadcast(T(0.63661977236758134308)), broadcast(rounding<T>));
  const Vector<T> n = shifted - rounding<T>;
  Vector<T> r = x;
#pragma GCC unroll 4
  for (const T part : QuarterTurn<T>::parts) r = fma(n, broadcast(-part), r);
  const Vector<T> square = r * r;
  Vector<T> sin = broadcast(T(inverse_factorial(F::sin_degree) * (F::sin_degree % 4 == 1 ? 1 : -1)));
#pragma GCC unroll 16
  for (int k = F::sin_degree - 2; k >= 3; k -= 2)
    sin = fma(sin, square, broadcast(T(inverse_factorial(k) * (k % 4 == 1 ? 1 : -1))));
  sin = fma(sin * square, r, r);
  Vector<T> cos = broadcast(T(inverse_factorial(F::cos_degree) * (F::cos_degree % 4 == 0 ? 1 : -1)));
#pragma GCC unroll 16
  for (int k = F::cos_degree - 2; k >= 0; k -= 2)
    cos = fma(cos, square, broadcast(T(inverse_factorial(k) * (k % 4 == 0 ? 1 : -1))));
  const Bits quadrant = ((Bits)shifted & 3) + quarters;  // the low bits of n: those of `rounding` are zero
  Vector<T> result = (quadrant & 1) != 0 ? cos : sin;
  result = (quadrant & 2) != 0 ? -result : result;
  // A sine keeps the sign of zero. What is too large for the parts is rare enough to be left to the C library.
  if (quarters == 0) result = x == T(0) ? x : result;
  const Bits far = ~((n >= -QuarterTurn<T>::most) & (n <= QuarterTurn<T>::most));
  if (any(far))
    for (int i = 0; i < lanes<T>; ++i)
      if (far[i]) result[i] = far_sin_or_cos<T>(x[i], quarters);
  return result;
}

// (x + erfc_shift) exp(x^2) erfc(x) in powers of t = (x - erfc_shift) / (x + erfc_shift).
constexpr double erfc_shift = 2.5;
template <class T>
struct ErfcSeries;
template <>
struct ErfcSeries<float> {
  static constexpr float coefficients[] = {1.05403181f,     -0.804651857f,   0.453914526f,     -0.171250918f,
                                           0.0283566762f,   0.00839114117f,  -0.00479736117f,  -0.00043223194f,
                                           0.000659290809f, 4.53140845e-05f, -7.01601292e-05f, -6.65707442e-06f};
};
template <>
struct ErfcSeries<double> {
  static constexpr double coefficients[] = {
      1.054031820305718,       -0.8046518494391488,     0.45391411664809606,     -0.17125114524605634,
      0.02836155013199473,     0.0083930443028309102,   -0.0048187855232053774,  -0.00043920827251638767,
      0.00070269372335338913,  5.8307838019938663e-05,  -0.00011260482456045286, -1.9532246919684198e-05,
      1.8244308800215586e-05,  6.7538540527492646e-06,  -2.3319948528866095e-06, -1.9604798613426056e-06,
      -6.745419093408688e-09,  4.4300214996621456e-07,  1.3921099556569646e-07,  -6.3136007145391567e-08,
      -5.3689273590814675e-08, -4.9219411229165027e-10, 1.1361665461077836e-08,  2.4941383452643589e-09,
      -1.1394337576305021e-09, -4.0460995686560368e-10};
};

/// erfc(x) exp(x^2) for x >= 0.
template <class T>
inline Vector<T> scaled_erfc(Vector<T> x) {
  const Vector<T> inverse = reciprocal<T>(x + T(erfc_shift));
  const Vector<T> t = fma(inverse, broadcast(T(-2 * erfc_shift)), broadcast(T(1)));
  return polynomial<T>(t, ErfcSeries<T>::coefficients) * inverse;
}

/// exp(-x^2 scale), where the rounding of x^2 is made good; `scale` is a power of two.
template <class T>
inline Vector<T> exp_of_square(Vector<T> x, T scale) {
  x = clamp<T>(x, T(-64), T(64));
  const Vector<T> square = x * x, rest = lost_by_square<T>(x, square);
  return exp<T>(square * -scale) * (T(1) - rest * scale);
}

template <class T>
inline Vector<T> erf(Vector<T> x) {
  using F = FloatFormat<T>;
  const Vector<T> magnitude = x < T(0) ? -x : x, square = magnitude * magnitude;
  const Vector<T> far = T(1) - scaled_erfc<T>(magnitude) * exp_of_square<T>(magnitude, T(1));
  // 2 / sqrt(pi) (x - x^3 / 3 + x^5 / 10 - ...)
  Vector<T> near = broadcast(T(erf_coefficient(F::erf_terms)));
#pragma GCC unroll 20
  for (int k = F::erf_terms - 1; k >= 1; --k) near = fma(near, square, broadcast(T(erf_coefficient(k))));
  near = fma(near * square, magnitude, magnitude * T(erf_coefficient(0)));
  const Vector<T> result = magnitude < T(1) ? near : magnitude > T(64) ? broadcast(T(1)) : far;
  return x < T(0) ? -result : x == T(0) ? x : result;
}

/// The standard normal distribution at x: `exponential` is its density without the factor 1 / sqrt(2 pi), and `ratio`
/// times that is what of it lies beyond |x|. Both are normal numbers where their product is not.
template <class T>
struct Normal {
  Vector<T> ratio, exponential;
  Vector<T> below(Vector<T> x) const {
    const Vector<T> tail = ratio * exponential;
    return x < T(0) ? tail : T(1) - tail;
  }
};

template <class T>
inline Normal<T> normal(Vector<T> x) {
  const Vector<T> magnitude = x < T(0) ? -x : x;
  return {T(0.5) * scaled_erfc<T>(magnitude * T(0.70710678118654752440)), exp_of_square<T>(magnitude, T(0.5))};
}

}  // namespace math
}  // namespace
}  // namespace mushin
