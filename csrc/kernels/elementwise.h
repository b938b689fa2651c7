// The elementwise families. A member is one line: its name, its value, its derivative.
#pragma once
#include "curves.h"
#include "functions.h"
#include "strided.h"

namespace mushin {
namespace {

// F(name, what it is, y = f(x), dx = dy f'(y)). A line is the whole op: from it come the kernels, the function
// mushin.name and the method of tensors. Derivatives that are written in the output let an op be a GEMM's epilogue.
#define MUSHIN_UNARY_OF_OUTPUT(F)                                                                           \
  F(relu, "max(x, 0); its derivative at 0 is 0.", x < T(0) ? Vector<T>{} : x, y <= T(0) ? Vector<T>{} : dy) \
  F(sigmoid, "1 / (1 + exp(-x)).", math::sigmoid<T>(x), dy * y * (T(1) - y))                                \
  F(tanh, "Hyperbolic tangent.", math::tanh<T>(x), dy*(T(1) - y * y))                                       \
  F(tan, "Tangent of an angle in radians.", math::tan<T>(x), dy*(T(1) + y * y))                             \
  F(exp, "Exponential.", math::exp<T>(x), dy* y)                                                            \
  F(expm1, "exp(x) - 1, exact near 0.", math::expm1<T>(x), dy*(y + T(1)))                                   \
  F(exp2, "2 to the power of x.", math::exp2<T>(x), dy * y * ln2<T>)                                        \
  F(sqrt, "Square root; NaN below 0.", sqrt(x), dy* T(0.5) / y)                                             \
  F(erfinv, "The number whose error function is x; NaN beyond 1.", math::erfinv<T>(x),                      \
    dy* T(0.88622692545275801365) / math::exp_of_square<T>(y, T(1)).value())                                \
  F(rsqrt, "1 / sqrt(x); infinity at 0, NaN below.", T(1) / sqrt(x), dy * (T(-0.5) * y * y * y))            \
  F(reciprocal, "1 / x; infinity at 0.", T(1) / x, -dy * y * y)

// The same with a derivative that is written in the input.
#define MUSHIN_UNARY_OF_INPUT(F)                                                                                       \
  F(log, "Natural logarithm; -infinity at 0, NaN below.", math::log<T>(x), dy / x)                                     \
  F(log1p, "log(1 + x), exact near 0.", math::log1p<T>(x), dy / (T(1) + x))                                            \
  F(log2, "Logarithm of base 2.", math::log<T>(x) / ln2<T>, dy / (x * ln2<T>))                                         \
  F(log10, "Logarithm of base 10.", math::log<T>(x) / ln10<T>, dy / (x * ln10<T>))                                     \
  F(sin, "Sine of an angle in radians.", math::sin_or_cos<T>(x, 0), dy* math::sin_or_cos<T>(x, 1))                     \
  F(cos, "Cosine of an angle in radians.", math::sin_or_cos<T>(x, 1), -dy* math::sin_or_cos<T>(x, 0))                  \
  F(sinh, "Hyperbolic sine.", math::sinh<T>(x), dy* math::cosh<T>(x))                                                  \
  F(cosh, "Hyperbolic cosine.", math::cosh<T>(x), dy* math::sinh<T>(x))                                                \
  F(asin, "The angle from -pi / 2 to pi / 2 whose sine is x; NaN beyond 1.", math::asin<T>(x),                         \
    dy / sqrt((T(1) - x) * (T(1) + x)))                                                                                \
  F(acos, "The angle from 0 to pi whose cosine is x; NaN beyond 1.", math::acos<T>(x),                                 \
    -dy / sqrt((T(1) - x) * (T(1) + x)))                                                                               \
  F(atan, "The angle from -pi / 2 to pi / 2 whose tangent is x.", math::atan<T>(x), dy / (T(1) + x * x))               \
  F(asinh, "The number whose hyperbolic sine is x.", math::asinh<T>(x), dy* reciprocal_length<T>(x))                   \
  F(acosh, "The number from 0 on whose hyperbolic cosine is x; NaN below 1.", math::acosh<T>(x),                       \
    dy / (sqrt(x - T(1)) * sqrt(x + T(1))))                                                                            \
  F(atanh, "The number whose hyperbolic tangent is x; NaN beyond 1.", math::atanh<T>(x),                               \
    dy / ((T(1) - x) * (T(1) + x)))                                                                                    \
  F(sinc, "sin(pi x) / (pi x); 1 at 0.", sinc_value<T>(x), dy* sinc_slope<T>(x))                                       \
  F(erfc, "1 - erf(x), exact where that is near 0.", math::erfc<T>(x),                                                 \
    dy* T(-1.1283791670955125739) * math::exp_of_square<T>(x, T(1)).value())                                           \
  F(erf, "Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.", math::erf<T>(x),                 \
    dy* T(1.1283791670955125739) * math::exp_of_square<T>(x, T(1)).value())                                            \
  F(abs, "|x|; its derivative at 0 is 0.", absolute<T>(x), dy* sign_of<T>(x))                                          \
  F(square, "x^2.", x* x, dy*(x + x))                                                                                  \
  F(gelu_erf, "x times the standard normal distribution function of x.", gelu_value<T>(x), dy* gelu_derivative<T>(x))  \
  F(gelu_tanh, "x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).", gelu_tanh_value<T>(x),                            \
    dy* gelu_tanh_derivative<T>(x))                                                                                    \
  F(silu, "x sigmoid(x).", x* math::sigmoid<T>(x), dy* silu_derivative<T>(x))                                          \
  F(mish, "x tanh(log(1 + exp(x))).", x* mish_gate<T>(x), dy* mish_derivative<T>(x))                                   \
  F(softsign, "x / (1 + |x|).", x / (T(1) + absolute<T>(x)), dy / ((T(1) + absolute<T>(x)) * (T(1) + absolute<T>(x)))) \
  F(log_sigmoid, "log(sigmoid(x)).", (x < T(0) ? x : Vector<T>{}) - math::log1p<T>(math::exp<T>(-absolute<T>(x))),     \
    dy * math::sigmoid<T>(-x))                                                                                         \
  F(selu, "1.0507 x above 0, else 1.0507 * 1.6733 (exp(x) - 1).", selu_scale<T>* elu_value<T>(x, selu_alpha<T>),       \
    selu_scale<T>* elu_derivative<T>(x, selu_alpha<T>) * dy)                                                           \
  F(hard_sigmoid, "min(max(x + 3, 0), 6) / 6.", clamp<T>(x + T(3), T(0), T(6)) * T(1.0 / 6),                           \
    (x > T(-3)) & (x < T(3)) ? dy * T(1.0 / 6) : Vector<T>{})                                                          \
  F(hard_swish, "x min(max(x + 3, 0), 6) / 6.", x* clamp<T>(x + T(3), T(0), T(6)) * T(1.0 / 6),                        \
    dy * (x <= T(-3) ? Vector<T>{} : (x >= T(3) ? broadcast(T(1)) : x * T(1.0 / 3) + T(0.5))))                         \
  F(tanhshrink, "x - tanh(x).", x - math::tanh<T>(x), dy * math::tanh<T>(x) * math::tanh<T>(x))

// The same with a derivative that depends on nothing.
#define MUSHIN_UNARY_OF_NOTHING(F)                                                                           \
  F(neg, "-x.", -x, -dy)                                                                                     \
  F(sign, "1 above 0, -1 below, else x itself; its derivative is 0.", sign_of<T>(x), Vector<T>{})            \
  F(round, "The nearest integer, the even one of two; its derivative is 0.", math::round<T>(x), Vector<T>{}) \
  F(floor, "The largest integer that is not above x; its derivative is 0.", math::floor<T>(x), Vector<T>{})  \
  F(ceil, "The smallest integer that is not below x; its derivative is 0.", math::ceil<T>(x), Vector<T>{})   \
  F(trunc, "The integer part; its derivative is 0.", math::trunc<T>(x), Vector<T>{})                         \
  F(frac, "x less its integer part.", x - math::trunc<T>(x), dy)                                             \
  F(deg2rad, "Degrees as radians, pi / 180 x.", x*(pi<T> / T(180)), dy*(pi<T> / T(180)))                     \
  F(rad2deg, "Radians as degrees, 180 / pi x.", x*(T(180) / pi<T>), dy*(T(180) / pi<T>))

// F(name, y = f(a, b), da, db): the operands are broadcast, the gradients are of the broadcast shape.
// Equal operands of a maximum share its gradient, and beside a NaN both get it, as in PyTorch.
// clang-format off
#define MUSHIN_BINARY(F)                                                                                      \
  F(add, a + b, dy, dy)                                                                                       \
  F(sub, a - b, dy, -dy)                                                                                      \
  F(mul, a * b, dy * b, dy * a)                                                                               \
  F(div, a / b, dy / b, -dy * (a / b) / b)                                                                    \
  F(maximum, (a != a || a > b) ? a : b, unless_less<T>(a, b, dy), unless_less<T>(b, a, dy))                   \
  F(minimum, (a != a || a < b) ? a : b, unless_less<T>(b, a, dy), unless_less<T>(a, b, dy))                   \
  F(fmax, beats<T>(b, a) ? b : a, beats<T>(b, a) ? Vector<T>{} : dy, beats<T>(b, a) ? dy : Vector<T>{})       \
  F(fmin, beats<T>(-b, -a) ? b : a, beats<T>(-b, -a) ? Vector<T>{} : dy, beats<T>(-b, -a) ? dy : Vector<T>{}) \
  F(pow, math::pow(a, b), dy * pow_slope<T>(a, b), dy * pow_growth<T>(a, b))                                  \
  F(remainder, remainder_of<T>(a, b), dy, -dy * math::floor<T>(a / b))                                        \
  F(fmod, fmod_of<T>(a, b), dy, -dy * math::trunc<T>(a / b))                                                  \
  F(floor_divide, floor_of_quotient<T>(a, b), Vector<T>{}, Vector<T>{})                                       \
  F(logaddexp, log_of_sum<T>(a, b), dy * math::sigmoid<T>(a - b), dy * math::sigmoid<T>(b - a))               \
  F(logaddexp2, log2_of_sum<T>(a, b), dy * log2_share<T>(a, b), dy * log2_share<T>(b, a))                     \
  F(xlogy, xlogy_value<T>(a, b), dy * xlogy_slope<T>(a, b), dy * a / b)                                       \
  F(atan2, math::atan2<T>(a, b), dy * angle_slope<T>(b, a), -dy * angle_slope<T>(a, b))                       \
  F(hypot, hypotenuse<T>(a, b), dy * hypotenuse_slope<T>(a, b), dy * hypotenuse_slope<T>(b, a))               \
  F(copysign, copied_sign<T>(a, b), dy * copied_sign_slope<T>(a, b), Vector<T>{})                             \
  F(heaviside, a == T(0) ? b : step_of<T>(a), Vector<T>{}, a == T(0) ? dy : Vector<T>{})                      \
  F(prelu, a > T(0) ? a : a * b, a > T(0) ? dy : dy * b, a > T(0) ? Vector<T>{} : dy * a)
// clang-format on

#define MUSHIN_DEFINE_FUNCTION(name, value)                                                                         \
  struct name##_function {                                                                                          \
    template <class T>                                                                                              \
    static Vector<T> value_of(Vector<T> x) {                                                                        \
      return value;                                                                                                 \
    }                                                                                                               \
  };                                                                                                                \
  template <class T>                                                                                                \
  void name##_forward(Out<T> y, In<T> x) {                                                                          \
    map_dense<T>(y.data(), false, y.size(), [](Vector<T> x) { return name##_function::value_of<T>(x); }, x.data()); \
  }
// `known` is what the derivative is written in.
#define MUSHIN_DEFINE_DERIVATIVE(name, known, derivative)                                                    \
  template <class T>                                                                                         \
  void name##_backward(Out<T> dx, In<T> dy_in, In<T> known##_in) {                                           \
    if (!dx) return;                                                                                         \
    const auto gradient = []([[maybe_unused]] Vector<T> dy, [[maybe_unused]] Vector<T> known) -> Vector<T> { \
      return derivative;                                                                                     \
    };                                                                                                       \
    map_dense<T>(dx.data(), dx.accumulate(), dx.size(), gradient, dy_in.data(), known##_in.data());          \
  }
#define MUSHIN_DEFINE_UNARY_OF_OUTPUT(name, summary, value, derivative) \
  MUSHIN_DEFINE_FUNCTION(name, value) MUSHIN_DEFINE_DERIVATIVE(name, y, derivative)
#define MUSHIN_DEFINE_UNARY_OF_INPUT(name, summary, value, derivative) \
  MUSHIN_DEFINE_FUNCTION(name, value) MUSHIN_DEFINE_DERIVATIVE(name, x, derivative)
#define MUSHIN_DEFINE_UNARY_OF_NOTHING(name, summary, value, derivative)                         \
  MUSHIN_DEFINE_FUNCTION(name, value)                                                            \
  template <class T>                                                                             \
  void name##_backward(Out<T> dx, In<T> dy_in) {                                                 \
    if (!dx) return;                                                                             \
    const auto gradient = []([[maybe_unused]] Vector<T> dy) -> Vector<T> { return derivative; }; \
    map_dense<T>(dx.data(), dx.accumulate(), dx.size(), gradient, dy_in.data());                 \
  }
MUSHIN_UNARY_OF_OUTPUT(MUSHIN_DEFINE_UNARY_OF_OUTPUT)
MUSHIN_UNARY_OF_INPUT(MUSHIN_DEFINE_UNARY_OF_INPUT)
MUSHIN_UNARY_OF_NOTHING(MUSHIN_DEFINE_UNARY_OF_NOTHING)

// F(name, numbers..., y = f(x), dx): functions of x and one number or two.
#define MUSHIN_UNARY_WITH_NUMBER(F)                                                                           \
  F(leaky_relu, slope, x > T(0) ? x : x * slope, x > T(0) ? dy : dy * slope)                                  \
  F(elu, alpha, elu_value<T>(x, alpha), dy* elu_derivative<T>(x, alpha))                                      \
  F(celu, alpha, elu_value<T>(x / alpha, T(1)) * alpha, dy * elu_derivative<T>(x / alpha, T(1)))              \
  F(hardshrink, bound, absolute<T>(x) <= bound ? Vector<T>{} : x, absolute<T>(x) <= bound ? Vector<T>{} : dy) \
  F(softshrink, bound, x > bound ? x - bound : (x < -bound ? x + bound : x * T(0)),                           \
    absolute<T>(x) <= bound ? Vector<T>{} : dy)

#define MUSHIN_UNARY_WITH_TWO_NUMBERS(F)                                                       \
  F(clip, low, high, bounded<T>(x, low, high), (x >= low) & (x <= high) ? dy : Vector<T>{})    \
  F(hardtanh, low, high, bounded<T>(x, low, high), (x > low) & (x < high) ? dy : Vector<T>{})  \
  F(threshold, bound, value, x <= bound ? broadcast(value) : x, x <= bound ? Vector<T>{} : dy) \
  F(softplus, beta, bound, x* beta > bound ? x : softplus_of<T>(x * beta) / beta,              \
    x * beta > bound ? dy : dy * math::sigmoid<T>(x * beta))

#define MUSHIN_DEFINE_WITH_NUMBER(name, number, value, derivative)                                                  \
  template <class T>                                                                                                \
  void name##_forward(Out<T> y, In<T> x_in, double number##_in) {                                                   \
    const auto function = [number = T(number##_in)](Vector<T> x) -> Vector<T> { return value; };                    \
    map_dense<T>(y.data(), false, y.size(), function, x_in.data());                                                 \
  }                                                                                                                 \
  template <class T>                                                                                                \
  void name##_backward(Out<T> dx, In<T> dy_in, In<T> x_in, double number##_in) {                                    \
    if (!dx) return;                                                                                                \
    const auto gradient = [number = T(number##_in)](Vector<T> dy, Vector<T> x) -> Vector<T> { return derivative; }; \
    map_dense<T>(dx.data(), dx.accumulate(), dx.size(), gradient, dy_in.data(), x_in.data());                       \
  }
MUSHIN_UNARY_WITH_NUMBER(MUSHIN_DEFINE_WITH_NUMBER)

#define MUSHIN_DEFINE_WITH_TWO_NUMBERS(name, first, second, value, derivative)                                       \
  template <class T>                                                                                                 \
  void name##_forward(Out<T> y, In<T> x_in, double first##_in, double second##_in) {                                 \
    const auto function = [first = T(first##_in), second = T(second##_in)](Vector<T> x) -> Vector<T> {               \
      return value;                                                                                                  \
    };                                                                                                               \
    map_dense<T>(y.data(), false, y.size(), function, x_in.data());                                                  \
  }                                                                                                                  \
  template <class T>                                                                                                 \
  void name##_backward(Out<T> dx, In<T> dy_in, In<T> x_in, double first##_in, double second##_in) {                  \
    if (!dx) return;                                                                                                 \
    const auto gradient = [first = T(first##_in), second = T(second##_in)](Vector<T> dy, Vector<T> x) -> Vector<T> { \
      return derivative;                                                                                             \
    };                                                                                                               \
    map_dense<T>(dx.data(), dx.accumulate(), dx.size(), gradient, dy_in.data(), x_in.data());                        \
  }
MUSHIN_UNARY_WITH_TWO_NUMBERS(MUSHIN_DEFINE_WITH_TWO_NUMBERS)

#define MUSHIN_DEFINE_BINARY(name, value, derivative_a, derivative_b)                                    \
  template <class T>                                                                                     \
  void name##_forward(Out<T> y, StridedIn<T> a_in, StridedIn<T> b_in) {                                  \
    const auto function = [](Vector<T> a, Vector<T> b) -> Vector<T> { return value; };                   \
    map_strided<T>(y, function, a_in, b_in);                                                             \
  }                                                                                                      \
  template <class T>                                                                                     \
  void name##_backward(Out<T> da, Out<T> db, StridedIn<T> dy_in, StridedIn<T> a_in, StridedIn<T> b_in) { \
    using V = Vector<T>;                                                                                 \
    const auto gradient_a = []([[maybe_unused]] V dy, [[maybe_unused]] V a, [[maybe_unused]] V b) -> V { \
      return derivative_a;                                                                               \
    };                                                                                                   \
    const auto gradient_b = []([[maybe_unused]] V dy, [[maybe_unused]] V a, [[maybe_unused]] V b) -> V { \
      return derivative_b;                                                                               \
    };                                                                                                   \
    if (da && db) return map_strided_to_both<T>(da, gradient_a, db, gradient_b, dy_in, a_in, b_in);      \
    if (da) map_strided<T>(da, gradient_a, dy_in, a_in, b_in);                                           \
    if (db) map_strided<T>(db, gradient_b, dy_in, a_in, b_in);                                           \
  }
MUSHIN_BINARY(MUSHIN_DEFINE_BINARY)

}  // namespace
}  // namespace mushin
