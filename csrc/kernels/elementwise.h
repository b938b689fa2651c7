// The elementwise families. A member is one line: its name, its value, its derivative.
#pragma once
#include "../simd/math.h"
#include "strided.h"

namespace mushin {
namespace {

// F(name, y = f(x), dx = dy f'(s)). The op in Python hands the backward kernel the `s` that the derivative is
// written in: for these the output, which is what lets them be a GEMM's epilogue.
#define MUSHIN_UNARY_OF_OUTPUT(F)                                   \
  F(relu, x < T(0) ? Vector<T>{} : x, s <= T(0) ? Vector<T>{} : dy) \
  F(sigmoid, math::sigmoid<T>(x), dy * s * (T(1) - s))              \
  F(tanh, math::tanh<T>(x), dy*(T(1) - s * s))                      \
  F(exp, math::exp<T>(x), dy* s)

// The same with the input as `s`.
#define MUSHIN_UNARY_OF_INPUT(F)                                                                  \
  F(log, math::log<T>(x), dy / s)                                                                 \
  F(sin, math::sin_or_cos<T>(x, 0), dy* math::sin_or_cos<T>(s, 1))                                \
  F(cos, math::sin_or_cos<T>(x, 1), -dy* math::sin_or_cos<T>(s, 0))                               \
  F(erf, math::erf<T>(x), dy* T(1.1283791670955125739) * math::exp_of_square<T>(s, T(1)).value()) \
  F(gelu, gelu_value<T>(x), dy* gelu_derivative<T>(s))                                            \
  F(gelu_tanh, gelu_tanh_value<T>(x), dy* gelu_tanh_derivative<T>(s))                             \
  F(neg, -x, -dy)

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

#define MUSHIN_UNARY(F) MUSHIN_UNARY_OF_OUTPUT(F) MUSHIN_UNARY_OF_INPUT(F)

// F(name, y = f(a, b), da, db): the operands are broadcast, the gradients are of the broadcast shape.
// Equal operands of a maximum share its gradient, and beside a NaN both get it, as in PyTorch.
// clang-format off
#define MUSHIN_BINARY(F)                                                                        \
  F(add, a + b, dy, dy)                                                                         \
  F(sub, a - b, dy, -dy)                                                                        \
  F(mul, a * b, dy * b, dy * a)                                                                 \
  F(div, a / b, dy / b, -dy * (a / b) / b)                                                      \
  F(maximum, (a != a || a > b) ? a : b, unless_less<T>(a, b, dy), unless_less<T>(b, a, dy))     \
  F(minimum, (a != a || a < b) ? a : b, unless_less<T>(b, a, dy), unless_less<T>(a, b, dy))
// clang-format on

/// What the larger of two gets of dy, here a: all of it, half of it for equals, nothing if it is the smaller.
template <class T>
inline Vector<T> unless_less(Vector<T> a, Vector<T> b, Vector<T> dy) {
  return a < b ? Vector<T>{} : (a == b ? dy * T(0.5) : dy);
}

#define MUSHIN_DEFINE_UNARY(name, value, derivative)                                                                \
  struct name##_function {                                                                                          \
    template <class T>                                                                                              \
    static Vector<T> value_of(Vector<T> x) {                                                                        \
      return value;                                                                                                 \
    }                                                                                                               \
  };                                                                                                                \
  template <class T>                                                                                                \
  void name##_forward(Out<T> y, In<T> x) {                                                                          \
    map_dense<T>(y.data(), false, y.size(), [](Vector<T> x) { return name##_function::value_of<T>(x); }, x.data()); \
  }                                                                                                                 \
  template <class T>                                                                                                \
  void name##_backward(Out<T> dx, In<T> dy_in, In<T> s_in) {                                                        \
    if (!dx) return;                                                                                                \
    const auto gradient = [](Vector<T> dy, [[maybe_unused]] Vector<T> s) -> Vector<T> { return derivative; };       \
    map_dense<T>(dx.data(), dx.accumulate(), dx.size(), gradient, dy_in.data(), s_in.data());                       \
  }
MUSHIN_UNARY(MUSHIN_DEFINE_UNARY)
#undef MUSHIN_DEFINE_UNARY

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
#undef MUSHIN_DEFINE_BINARY

/// y = x, but no less than low and no more than high; a NaN stays.
template <class T>
void clip_forward(Out<T> y, In<T> x, double low, double high) {
  const auto function = [low = broadcast(T(low)), high = broadcast(T(high))](Vector<T> x) -> Vector<T> {
    const Vector<T> raised = x < low ? low : x;
    return raised > high ? high : raised;
  };
  map_dense<T>(y.data(), false, y.size(), function, x.data());
}

/// dx = dy where x lies between the bounds or on one.
template <class T>
void clip_backward(Out<T> dx, In<T> dy, In<T> x, double low, double high) {
  if (!dx) return;
  const auto gradient = [low = broadcast(T(low)), high = broadcast(T(high))](Vector<T> dy, Vector<T> x) -> Vector<T> {
    return x >= low && x <= high ? dy : Vector<T>{};
  };
  map_dense<T>(dx.data(), dx.accumulate(), dx.size(), gradient, dy.data(), x.data());
}

}  // namespace
}  // namespace mushin
