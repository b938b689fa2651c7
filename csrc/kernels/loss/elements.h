// Losses of single elements, a family: a member is a few expressions in its operands.
#pragma once
#include <limits>

#include "../functions.h"
#include "launch.h"

namespace mushin {
namespace {

// F(name, loss, dx, dt) with the prediction x, the target t and up to three numbers p, q, r of the loss.
// clang-format off
#define MUSHIN_LOSSES(F)                                                                                        \
  F(mse_loss, (x - t) * (x - t), T(2) * (x - t), T(2) * (t - x))                                                \
  F(l1_loss, absolute<T>(x - t), sign_of<T>(x - t), sign_of<T>(t - x))                                               \
  F(smooth_l1_loss, smooth_l1<T>(x - t, p), smooth_l1_slope<T>(x - t, p), smooth_l1_slope<T>(t - x, p))         \
  F(huber_loss, huber<T>(x - t, p), clamp<T>(x - t, -p, p), clamp<T>(t - x, -p, p))                             \
  F(log_cosh, log_cosh<T>(x - t), math::tanh<T>(x - t), math::tanh<T>(t - x))                             \
  F(mean_absolute_percentage_error, T(100) * absolute<T>(x - t) / at_least<T>(absolute<T>(t), p),             \
    T(100) * sign_of<T>(x - t) / at_least<T>(absolute<T>(t), p), percentage_by_target<T>(x, t, p))                \
  F(mean_squared_logarithmic_error, logarithms_apart<T>(x, t, p) * logarithms_apart<T>(x, t, p),                \
    x < p ? Vector<T>{} : T(2) * logarithms_apart<T>(x, t, p) / (T(1) + x),                                     \
    t < p ? Vector<T>{} : T(2) * logarithms_apart<T>(t, x, p) / (T(1) + t))                                     \
  F(binary_cross_entropy, (binary_entropy<T>(x, t, p)), (binary_entropy_slope<T>(x, t, p)),                     \
    bounded_log1p<T>(-kept_inside<T>(x, p)) - bounded_log<T>(kept_inside<T>(x, p)))                             \
  F(binary_focal_crossentropy, (Focal<T>(x, t, p, q, r).value()), (Focal<T>(x, t, p, q, r).by_prediction()),    \
    (Focal<T>(x, t, p, q, r).by_target()))                                                                      \
  F(soft_margin_loss, softplus_of<T>(-t * x), -t * math::sigmoid<T>(-t * x), -x * math::sigmoid<T>(-t * x))  \
  F(hinge_embedding_loss, (t != T(1) ? at_least<T>(p - x, T(0)) : Vector<T>{}) + (t != T(-1) ? x : Vector<T>{}),\
    ((t != T(1)) & (x <= p) ? broadcast(T(-1)) : Vector<T>{}) + (t != T(-1) ? broadcast(T(1)) : Vector<T>{}),   \
    Vector<T>{})                                                                                                \
  F(cosine_embedding_loss, t == T(1) ? T(1) - x : t == T(-1) ? at_least<T>(x - p, T(0)) : Vector<T>{},          \
    t == T(1) ? broadcast(T(-1)) : (t == T(-1)) & (x >= p) ? broadcast(T(1)) : Vector<T>{}, Vector<T>{})        \
  F(hinge, at_least<T>(T(1) - signed_label<T>(t) * x, T(0)),                                                    \
    signed_label<T>(t) * x <= T(1) ? -signed_label<T>(t) : Vector<T>{},                                         \
    signed_label<T>(t) * x <= T(1) ? -x : Vector<T>{})                                                          \
  F(squared_hinge, squared<T>(at_least<T>(T(1) - signed_label<T>(t) * x, T(0))),                                \
    T(-2) * signed_label<T>(t) * at_least<T>(T(1) - signed_label<T>(t) * x, T(0)),                              \
    T(-2) * x * at_least<T>(T(1) - signed_label<T>(t) * x, T(0)))                                               \
  F(poisson_nll_loss, (p != T(0) ? math::exp<T>(x) - t * x : x - t * math::log<T>(x + r)) + stirling<T>(t, q),  \
    p != T(0) ? math::exp<T>(x) - t : T(1) - t / (x + r),                                                       \
    (p != T(0) ? -x : -math::log<T>(x + r)) + stirling_slope<T>(t, q))                                          \
  F(kl_div, p != T(0) ? math::exp<T>(t) * (t - x) : t == T(0) ? Vector<T>{} : t * (math::log<T>(t) - x),        \
    p != T(0) ? -math::exp<T>(t) : -t,                                                                          \
    p != T(0) ? math::exp<T>(t) * (t - x + T(1)) : math::log<T>(t) + T(1) - x)                                  \
  F(kl_divergence, clamp<T>(t, p, T(1)) * (math::log<T>(clamp<T>(t, p, T(1))) - math::log<T>(clamp<T>(x, p, T(1)))), \
    (x >= p) & (x <= T(1)) ? -clamp<T>(t, p, T(1)) / x : Vector<T>{},                                           \
    (t >= p) & (t <= T(1)) ? math::log<T>(t) - math::log<T>(clamp<T>(x, p, T(1))) + T(1) : Vector<T>{})

// F(name, loss, dx, dt, dv) with another operand v; left out, it is 1 everywhere.
#define MUSHIN_LOSSES_OF_THREE(F)                                                                               \
  F(binary_cross_entropy_with_logits, t * v * softplus_of<T>(-x) + (T(1) - t) * softplus_of<T>(x),        \
    (T(1) - t) * math::sigmoid<T>(x) - t * v * math::sigmoid<T>(-x),                                            \
    v * softplus_of<T>(-x) - softplus_of<T>(x), t * softplus_of<T>(-x))                                \
  F(margin_ranking_loss, at_least<T>(p - t * (x - v), T(0)), t * (x - v) <= p ? -t : Vector<T>{},               \
    t * (x - v) <= p ? v - x : Vector<T>{}, t * (x - v) <= p ? t : Vector<T>{})                                 \
  F(gaussian_nll_loss,                                                                                          \
    T(0.5) * (math::log<T>(variance<T>(v, q)) + squared<T>(x - t) / variance<T>(v, q)) + p * half_log_of_two_pi<T>, \
    (x - t) / variance<T>(v, q), (t - x) / variance<T>(v, q),                                                   \
    T(0.5) * (T(1) - squared<T>(x - t) / variance<T>(v, q)) / variance<T>(v, q))
// clang-format on

// --- what the expressions are made of

template <class T>
constexpr T half_log_of_two_pi = T(0.91893853320467274178);

/// Near 0 from sinh(x / 2), whose square loses nothing there.
template <class T>
inline Vector<T> log_cosh(Vector<T> x) {
  const Vector<T> size = absolute<T>(x), grown = math::expm1<T>(clamp<T>(size, T(0), T(16)) * T(0.5));
  const Vector<T> twice_sinh = grown + grown / (grown + T(1));
  const Vector<T> near = math::log1p<T>(twice_sinh * twice_sinh * T(0.5));
  const Vector<T> far = size - T(0.69314718055994530942) + math::exp<T>(T(-2) * size);
  return size < T(12) ? near : far;
}
template <class T>
inline Vector<T> squared(Vector<T> x) {
  return x * x;
}
/// NaN stays.
template <class T>
inline Vector<T> at_least(Vector<T> x, T low) {
  return x < low ? broadcast(low) : x;
}

/// A parabola up to `beta`, whose slope there is 1; a line beyond it (Girshick 2015, section 2.3).
template <class T>
inline Vector<T> smooth_l1(Vector<T> difference, T beta) {
  const Vector<T> distance = absolute<T>(difference);
  return distance < beta ? difference * difference * (T(0.5) / beta) : distance - T(0.5) * beta;
}
template <class T>
inline Vector<T> smooth_l1_slope(Vector<T> difference, T beta) {
  return absolute<T>(difference) < beta ? difference / beta : sign_of<T>(difference);
}
/// The same times `delta` (Huber 1964).
template <class T>
inline Vector<T> huber(Vector<T> difference, T delta) {
  const Vector<T> distance = absolute<T>(difference);
  return distance <= delta ? T(0.5) * difference * difference : delta * (distance - T(0.5) * delta);
}

/// By the target, of 100 |x - t| / max(|t|, least).
template <class T>
inline Vector<T> percentage_by_target(Vector<T> x, Vector<T> t, T least) {
  const Vector<T> size = at_least<T>(absolute<T>(t), least);
  const Vector<T> by_size = absolute<T>(t) < least ? Vector<T>{} : absolute<T>(x - t) * sign_of<T>(t) / size;
  return T(100) * (sign_of<T>(t - x) - by_size) / size;
}

/// log(1 + a) - log(1 + b), with neither a nor b below `least`.
template <class T>
inline Vector<T> logarithms_apart(Vector<T> a, Vector<T> b, T least) {
  return math::log1p<T>(at_least<T>(a, least)) - math::log1p<T>(at_least<T>(b, least));
}

// Probabilities: PyTorch bounds their logarithms, Keras keeps them `epsilon` away from 0 and 1, where they then have no
// gradient. PyTorch's epsilon is 0.
template <class T>
inline Vector<T> bounded_log(Vector<T> x) {
  return at_least<T>(math::log<T>(x), T(-100));
}
template <class T>
inline Vector<T> bounded_log1p(Vector<T> x) {
  return at_least<T>(math::log1p<T>(x), T(-100));
}
template <class T>
inline Vector<T> kept_inside(Vector<T> x, T epsilon) {
  return epsilon > T(0) ? clamp<T>(x, epsilon, T(1) - epsilon) : x;
}
template <class T>
inline Vector<T> binary_entropy(Vector<T> x, Vector<T> t, T epsilon) {
  const Vector<T> y = kept_inside<T>(x, epsilon);
  return -(t * bounded_log<T>(y) + (T(1) - t) * bounded_log1p<T>(-y));
}
template <class T>
inline Vector<T> binary_entropy_slope(Vector<T> x, Vector<T> t, T epsilon) {
  const Vector<T> slope = (x - t) / at_least<T>(x * (T(1) - x), T(1e-12));
  return (x < epsilon) | (x > T(1) - epsilon) ? Vector<T>{} : slope;
}

/// The binary entropy times how far the probability of the target is from 1, to a power, and a weight of the class (Lin
/// et al. 2017, equation 5).
template <class T>
struct Focal {
  static constexpr T epsilon = T(1e-7);
  Vector<T> x, t;
  T gamma, of_ones, of_zeros;
  Vector<T> weight = t * of_ones + (T(1) - t) * of_zeros;
  Vector<T> missing = t * (T(1) - x) + (T(1) - t) * x;

  Focal(Vector<T> x, Vector<T> t, T gamma, T of_ones, T of_zeros)
      : x(x), t(t), gamma(gamma), of_ones(of_ones), of_zeros(of_zeros) {}
  Vector<T> factor() const { return power<T>(missing, gamma); }
  Vector<T> entropy() const { return binary_entropy<T>(x, t, epsilon); }
  /// By something that changes `missing` and the entropy at these rates.
  Vector<T> slope(Vector<T> missing_rate, Vector<T> entropy_rate) const {
    const Vector<T> factor_rate = gamma == T(0) ? Vector<T>{} : gamma * power<T>(missing, gamma - T(1)) * missing_rate;
    return factor_rate * entropy() + factor() * entropy_rate;
  }
  Vector<T> value() const { return weight * factor() * entropy(); }
  Vector<T> by_prediction() const { return weight * slope(T(1) - T(2) * t, binary_entropy_slope<T>(x, t, epsilon)); }
  Vector<T> by_target() const {
    const Vector<T> y = kept_inside<T>(x, epsilon);
    const Vector<T> rate = bounded_log1p<T>(-y) - bounded_log<T>(y);
    return (of_ones - of_zeros) * factor() * entropy() + weight * slope(T(1) - T(2) * x, rate);
  }
};

/// A label 0 stands for -1.
template <class T>
inline Vector<T> signed_label(Vector<T> t) {
  return t == T(0) ? broadcast(T(-1)) : t;
}

/// log t! by Stirling where t is above 1, if it is asked for.
template <class T>
inline Vector<T> stirling(Vector<T> t, T wanted) {
  if (wanted == T(0)) return Vector<T>{};
  return t > T(1) ? (t + T(0.5)) * math::log<T>(t) - t + half_log_of_two_pi<T> : Vector<T>{};
}
template <class T>
inline Vector<T> stirling_slope(Vector<T> t, T wanted) {
  if (wanted == T(0)) return Vector<T>{};
  return t > T(1) ? math::log<T>(t) + T(0.5) / t : Vector<T>{};
}

/// At least `least`; there is no negative variance.
template <class T>
inline Vector<T> variance(Vector<T> v, T least) {
  return v < T(0) ? broadcast(std::numeric_limits<T>::quiet_NaN()) : at_least<T>(v, least);
}

// --- the kernels

#define MUSHIN_EXPRESSION_OF_TWO(expression)                                                      \
  [](T* to, const T* const* operands, [[maybe_unused]] Numbers<T> numbers, int64_t n) {           \
    [[maybe_unused]] const T p = numbers.p, q = numbers.q, r = numbers.r;                         \
    const auto f = [=]([[maybe_unused]] Vector<T> x, [[maybe_unused]] Vector<T> t) -> Vector<T> { \
      return expression;                                                                          \
    };                                                                                            \
    map_block<T>(to, n, f, operands[0], operands[1]);                                             \
  }
#define MUSHIN_DEFINE_LOSS(name, loss, by_x, by_t)                                                                    \
  template <class T>                                                                                                  \
  void name##_forward(Out<T> losses, Out<T> total, StridedIn<T> x, StridedIn<T> t, StridedIn<T> weight, double p,     \
                      double q, double r, double scale) {                                                             \
    const LossOperands<T, 2> operands{{x, t}, weight, {T(p), T(q), T(r)}};                                            \
    losses_forward<T, 2>(losses, total, MUSHIN_EXPRESSION_OF_TWO(loss), operands, x.size(), scale);                   \
  }                                                                                                                   \
  template <class T>                                                                                                  \
  void name##_backward(Out<T> dx, Out<T> dt, In<T> dy, StridedIn<T> x, StridedIn<T> t, StridedIn<T> weight, double p, \
                       double q, double r, double scale) {                                                            \
    const LossOperands<T, 2> operands{{x, t}, weight, {T(p), T(q), T(r)}};                                            \
    losses_backward<T, 2>({dx, dt}, {MUSHIN_EXPRESSION_OF_TWO(by_x), MUSHIN_EXPRESSION_OF_TWO(by_t)}, dy, operands,   \
                          x.size(), scale);                                                                           \
  }
MUSHIN_LOSSES(MUSHIN_DEFINE_LOSS)
#undef MUSHIN_DEFINE_LOSS

#define MUSHIN_EXPRESSION_OF_THREE(expression)                                            \
  [](T* to, const T* const* operands, [[maybe_unused]] Numbers<T> numbers, int64_t n) {   \
    [[maybe_unused]] const T p = numbers.p, q = numbers.q;                                \
    const auto f = [=]([[maybe_unused]] Vector<T> x, [[maybe_unused]] Vector<T> t,        \
                       [[maybe_unused]] Vector<T> v) -> Vector<T> { return expression; }; \
    map_block<T>(to, n, f, operands[0], operands[1], operands[2]);                        \
  }
#define MUSHIN_DEFINE_LOSS_OF_THREE(name, loss, by_x, by_t, by_v)                                                   \
  template <class T>                                                                                                \
  void name##_forward(Out<T> losses, Out<T> total, StridedIn<T> x, StridedIn<T> t, StridedIn<T> v,                  \
                      StridedIn<T> weight, double p, double q, double scale) {                                      \
    const LossOperands<T, 3> operands{{x, t, v}, weight, {T(p), T(q), T(0)}};                                       \
    losses_forward<T, 3>(losses, total, MUSHIN_EXPRESSION_OF_THREE(loss), operands, x.size(), scale);               \
  }                                                                                                                 \
  template <class T>                                                                                                \
  void name##_backward(Out<T> dx, Out<T> dt, Out<T> dv, In<T> dy, StridedIn<T> x, StridedIn<T> t, StridedIn<T> v,   \
                       StridedIn<T> weight, double p, double q, double scale) {                                     \
    const LossOperands<T, 3> operands{{x, t, v}, weight, {T(p), T(q), T(0)}};                                       \
    losses_backward<T, 3>(                                                                                          \
        {dx, dt, dv},                                                                                               \
        {MUSHIN_EXPRESSION_OF_THREE(by_x), MUSHIN_EXPRESSION_OF_THREE(by_t), MUSHIN_EXPRESSION_OF_THREE(by_v)}, dy, \
        operands, x.size(), scale);                                                                                 \
  }
MUSHIN_LOSSES_OF_THREE(MUSHIN_DEFINE_LOSS_OF_THREE)
#undef MUSHIN_DEFINE_LOSS_OF_THREE

}  // namespace
}  // namespace mushin
