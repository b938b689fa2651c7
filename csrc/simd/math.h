// Vector exp, log, log1p, softplus, tanh, sigmoid, sin, cos, erf and what gelu needs of the normal distribution, for
// float and double, within 4 ulp (gelu's derivative, which has a zero, within 2 epsilon); subnormal results may be
// zero. Each is a range reduction followed by the function's own power series, cut where the next term is below half an
// ulp; the coefficients are therefore nothing but 1/k! and the like. Only for the normal distribution beyond 1 there
// are fitted ones: tools/fit_normal.py prints them.
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
  static constexpr int mantissa_bits = 23, exponent_bias = 127, exp_terms = 7, log_terms = 5, erf_terms = 11,
                       normal_terms = 8;
  static constexpr int sin_degree = 9, cos_degree = 10;
  static constexpr float exp_low = -104.0f, exp_high = 89.0f;
};
template <>
struct FloatFormat<double> {
  static constexpr int mantissa_bits = 52, exponent_bias = 1023, exp_terms = 13, log_terms = 11, erf_terms = 18,
                       normal_terms = 14;
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
/// Of x^(2 k + 1) in the series of erf(x / sqrt(2)) / 2.
constexpr double normal_coefficient(int k) {
  return erf_coefficient(k) * 0.35355339059327376220 / double(int64_t(1) << k);
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

/// x = n ln 2 + rest, |rest| <= ln(2) / 2.
template <class T>
struct ExpArgument {
  Vector<T> n, rest;

  explicit ExpArgument(Vector<T> x) {
    using F = FloatFormat<T>;
    x = clamp<T>(x, F::exp_low, F::exp_high);
    n = fma(x, broadcast(T(1.4426950408889634074)), broadcast(rounding<T>)) - rounding<T>;
    rest = fma(n, broadcast(-ln2_lower<T>), fma(n, broadcast(-ln2_upper<T>), x));
  }
};

/// exp(x) = 2^n (1 + rest + rest^2 series).
template <class T>
struct Exp {
  Vector<T> n, rest, series;

  explicit Exp(ExpArgument<T> argument) : n(argument.n), rest(argument.rest) {
    constexpr int terms = FloatFormat<T>::exp_terms;
    series = broadcast(T(inverse_factorial(terms)));
#pragma GCC unroll 16
    for (int k = terms - 1; k >= 2; --k) series = fma(series, rest, broadcast(T(inverse_factorial(k))));
  }
  Vector<T> value() const {
    const Vector<T> one = broadcast(T(1));
    return scale(fma(fma(series, rest, one), rest, one), n);
  }
  /// exp(rest) - 1.
  Vector<T> of_rest_minus_one() const { return fma(series * rest, rest, rest); }
  /// Rounds once less than the value's product with a factor.
  Vector<T> times(Vector<T> factor) const { return scale(fma(of_rest_minus_one(), factor, factor), n); }
};

template <class T>
inline Vector<T> exp(Vector<T> x) {
  return Exp<T>(ExpArgument<T>(x)).value();
}

/// exp(x) - 1, exact near zero. Half of 2^n is in range wherever the result is.
template <class T>
inline Vector<T> expm1(Vector<T> x) {
  const Exp<T> parts{ExpArgument<T>(x)};
  const Vector<T> half = scale(broadcast(T(0.5)), parts.n);
  const Vector<T> half_of_it = fma(parts.of_rest_minus_one(), half, half - T(0.5));
  return x == T(0) ? x : half_of_it + half_of_it;
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

/// log(1 + x), exact near zero: what the sum 1 + x has lost is made good.
template <class T>
inline Vector<T> log1p(Vector<T> x) {
  const Vector<T> sum = x + T(1);
  const Vector<T> result = log<T>(sum) + (x - (sum - T(1))) / sum;
  const T infinity = std::numeric_limits<T>::infinity();
  return (x == infinity || x == T(0)) ? x : (x == T(-1) ? broadcast(-infinity) : result);
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

/// `result` with the C library's sines or cosines where the mask `far` is set: rare, and so never copied to where the
/// function is used.
template <class T>
[[gnu::noinline, gnu::cold]] Vector<T> with_far_angles(Vector<T> result, Vector<T> x, Vector<Integer<T>> far,
                                                       int quarters) {
  for (int i = 0; i < lanes<T>; ++i)
    if (far[i]) result[i] = T(quarters == 0 ? __builtin_sin(double(x[i])) : __builtin_cos(double(x[i])));
  return result;
}

/// sin(x + quarters pi / 2) for quarters 0 and 1: the sine and the cosine.
template <class T>
[[gnu::always_inline]] inline Vector<T> sin_or_cos(Vector<T> x, int quarters) {
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
  // A sine keeps the sign of zero.
  if (quarters == 0) result = x == T(0) ? x : result;
  const Bits far = ~((n >= -QuarterTurn<T>::most) & (n <= QuarterTurn<T>::most));
  return any(far) ? with_far_angles<T>(result, x, far, quarters) : result;
}

// In powers of t = 1 - 2 (1 + shift) / (x + shift).
template <class T>
struct NormalSeries;
template <>
struct NormalSeries<float> {
  static constexpr float tail_shift = 1, slope_shift = 3;
  static constexpr float tail[] = {0.364541858f,     0.0732505843f,    -0.0376530364f,  -0.00616665138f,
                                   0.00339699839f,   0.00193087605f,   0.000129944761f, -0.000335368008f,
                                   -0.000193071726f, -1.09336779e-05f, 3.76080279e-05f, 1.34858265e-05f};
  static constexpr float slope[] = {-0.23972401f,    -0.173564017f,    0.0207621213f,    -0.00845259707f,
                                    0.0023798421f,   -0.000310549105f, -6.13850279e-05f, 2.85979786e-05f,
                                    1.79505184e-06f, -2.07175231e-06f};
};
template <>
struct NormalSeries<double> {
  static constexpr double tail_shift = 2, slope_shift = 3;
  static constexpr double tail[] = {
      0.37764256520787576,     0.05527068316644734,     -0.048270865804234016,   0.014727490455667977,
      0.001006595681489824,    -0.0014775093859434646,  -0.00015872408557921156, 0.00017897281187747696,
      5.2098288618313244e-05,  -1.7593815912326274e-05, -1.358994530244896e-05,  -8.639001841598585e-07,
      2.357024084517064e-06,   1.062027284846723e-06,   -7.167671054159649e-08,  -2.6909139591586773e-07,
      -1.1043016578355177e-07, 1.134422632025443e-08,   3.569411099372536e-08,   1.5208865280777407e-08,
      -3.1182937367406194e-09, -5.18241604993538e-09,   -9.22845591853044e-10,   6.296373292944701e-10,
      2.2022996411043234e-10};
  static constexpr double slope[] = {
      -0.23972401212901964,   -0.17356402379881425,   0.020762109372001215,    -0.008452550231206632,
      0.0023799440855097726,  -0.0003108192395476743, -6.168703314589791e-05,  2.9237105157537566e-05,
      2.1816324406849137e-06, -2.756314435415429e-06, -2.1306604505025234e-07, 3.023952781163706e-07,
      4.7777419601563854e-08, -3.473281199001607e-08, -1.1462157848201312e-08, 3.2966230469474176e-09,
      2.4281960040752036e-09, -6.629976526658482e-11, -4.2291571871624633e-10, -5.704223538920446e-11,
      5.361659461454636e-11,  9.421590584227579e-12,  -3.654724366131779e-12};
};

/// x exp(x^2 / 2) P(X > x) of the standard normal distribution for x >= 1.
template <class T>
inline Vector<T> scaled_tail(Vector<T> x) {
  constexpr T shift = NormalSeries<T>::tail_shift;
  const Vector<T> t = fma(reciprocal<T>(x + shift), broadcast(T(-2) * (T(1) + shift)), broadcast(T(1)));
  return polynomial<T>(t, NormalSeries<T>::tail);
}

/// exp(x^2 / 2) times the derivative of x P(X < x) at -x, for x >= 1.
template <class T>
inline Vector<T> scaled_slope(Vector<T> x) {
  constexpr T shift = NormalSeries<T>::slope_shift;
  const Vector<T> sum = x + shift;
  const Vector<T> t = fma(reciprocal<T>(sum), broadcast(T(-2) * (T(1) + shift)), broadcast(T(1)));
  return polynomial<T>(t, NormalSeries<T>::slope) * sum;
}

/// exp(-factor x^2), where the rounding of x^2 is made good; `factor` is a power of two.
template <class T>
inline Exp<T> exp_of_square(Vector<T> x, T factor) {
  x = clamp<T>(x, T(-64), T(64));
  const Vector<T> square = x * x;
  ExpArgument<T> argument(square * -factor);
  argument.rest += lost_by_square<T>(x, square) * -factor;
  return Exp<T>(argument);
}

/// 1/2 + the sum of coefficient(k) x^(2 k + 1), for |x| <= 1 and coefficients that fall as those of P(X < x).
template <class T, class F>
inline Vector<T> series_around_half(Vector<T> x, const F& coefficient) {
  constexpr int terms = FloatFormat<T>::normal_terms;
  const Vector<T> square = x * x;
  Vector<T> series = broadcast(T(coefficient(terms)));
#pragma GCC unroll 20
  for (int k = terms - 1; k >= 0; --k) series = fma(series, square, broadcast(T(coefficient(k))));
  return fma(x, series, broadcast(T(0.5)));
}

/// P(X < x) of the standard normal distribution, and the derivative of x P(X < x), for |x| <= 1.
template <class T>
inline Vector<T> normal_near_zero(Vector<T> x) {
  return series_around_half<T>(x, [](int k) { return normal_coefficient(k); });
}
template <class T>
inline Vector<T> slope_near_zero(Vector<T> x) {
  return series_around_half<T>(x, [](int k) { return normal_coefficient(k) * (2 * k + 2); });
}

template <class T>
inline Vector<T> erf(Vector<T> x) {
  using F = FloatFormat<T>;
  const Vector<T> magnitude = x < T(0) ? -x : x, square = magnitude * magnitude;
  // 1 - erf(x) is twice the normal distribution's tail at sqrt(2) x.
  const T root = T(1.4142135623730950488);
  const Vector<T> tail = exp_of_square<T>(magnitude, T(1)).times(scaled_tail<T>(magnitude * root));
  const Vector<T> far = T(1) - root * tail * reciprocal<T>(magnitude);
  // 2 / sqrt(pi) (x - x^3 / 3 + x^5 / 10 - ...)
  Vector<T> near = broadcast(T(erf_coefficient(F::erf_terms)));
#pragma GCC unroll 20
  for (int k = F::erf_terms - 1; k >= 1; --k) near = fma(near, square, broadcast(T(erf_coefficient(k))));
  near = fma(near * square, magnitude, magnitude * T(erf_coefficient(0)));
  const Vector<T> result = magnitude < T(1) ? near : magnitude > T(64) ? broadcast(T(1)) : far;
  return x < T(0) ? -result : x == T(0) ? x : result;
}

}  // namespace math
}  // namespace
}  // namespace mushin
