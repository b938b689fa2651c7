// Optimizers that divide the gradient by the root of a mean or a sum of its squares.
#pragma once
#include "segments.h"

namespace mushin {
namespace {

/// hyper: learning rate, alpha, epsilon, weight decay, momentum. `mean` is empty unless the variance is to be divided
/// by instead of the mean square, `velocity` without momentum.
/// v = alpha v + (1 - alpha) g^2; a = alpha a + (1 - alpha) g; s = v - a^2 if centered else v
/// PyTorch: d = g / (sqrt(s) + epsilon); b = momentum b + d; p -= rate b
/// Keras:   d = rate g / sqrt(s + epsilon); b = momentum b + d; p -= b; weight decay is decoupled
/// Hinton 2012, lecture 6e; Graves 2013.
template <class T>
void rmsprop(List<InOut<T>> parameter, List<InOut<T>> square, List<InOut<T>> mean, List<InOut<T>> velocity,
             List<InOut<int64_t>> step, List<In<T>> gradient, In<double> hyper, int64_t maximize, int64_t keras) {
  const double* const h = hyper.data();
  const T rate = T(h[0]), alpha = T(h[1]), rest = T(1 - h[1]), epsilon = T(h[2]), momentum = T(h[4]);
  const T inside = keras ? epsilon : T(0), outside = keras ? T(0) : epsilon;
  const T before = keras ? rate : T(1), after = keras ? T(1) : rate;
  const Decay<T> decay(h[0], h[3], keras, maximize);
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    T *const p_data = parameter[s].data(), *const v_data = square[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      Vector<T> v = fma(g * rest, g, lane.load(v_data) * alpha);
      lane.store(v_data, v);
      if (mean.count > 0) {
        Vector<T> a = lane.load(mean[s].data());
        a = fma(g - a, broadcast(rest), a);
        lane.store(mean[s].data(), a);
        v -= a * a;
      }
      Vector<T> d = before * g / (sqrt(v + inside) + outside);
      if (velocity.count > 0) {
        d += momentum * lane.load(velocity[s].data());
        lane.store(velocity[s].data(), d);
      }
      lane.store(p_data, p - after * d);
    });
  });
}

/// hyper: learning rate, its decay, epsilon, weight decay.
/// sum += g^2; PyTorch: p -= rate / (1 + (t - 1) rate_decay) g / (sqrt(sum) + epsilon)
/// Keras: p -= rate / (1 + (t - 1) rate_decay) g / sqrt(sum + epsilon); weight decay is decoupled
/// Duchi, Hazan and Singer 2011.
template <class T>
void adagrad(List<InOut<T>> parameter, List<InOut<T>> sum, List<InOut<int64_t>> step, List<In<T>> gradient,
             In<double> hyper, int64_t maximize, int64_t keras) {
  const double* const h = hyper.data();
  const T inside = keras ? T(h[2]) : T(0), outside = keras ? T(0) : T(h[2]);
  const Decay<T> decay(h[0], h[3], keras, maximize);
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    const T rate = T(h[0] / (1 + double(step[s].data()[0] - 1) * h[1]));
    T *const p_data = parameter[s].data(), *const sum_data = sum[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      const Vector<T> squares = fma(g, g, lane.load(sum_data));
      lane.store(sum_data, squares);
      lane.store(p_data, p - rate * g / (sqrt(squares + inside) + outside));
    });
  });
}

/// hyper: learning rate, rho, epsilon, weight decay.
/// v = rho v + (1 - rho) g^2; d = sqrt(u + epsilon) / sqrt(v + epsilon) g; u = rho u + (1 - rho) d^2; p -= rate d
/// In Keras' convention weight decay is decoupled. Zeiler 2012.
template <class T>
void adadelta(List<InOut<T>> parameter, List<InOut<T>> square, List<InOut<T>> delta, List<InOut<int64_t>> step,
              List<In<T>> gradient, In<double> hyper, int64_t maximize, int64_t keras) {
  const double* const h = hyper.data();
  const T rate = T(h[0]), rho = T(h[1]), rest = T(1 - h[1]), epsilon = T(h[2]);
  const Decay<T> decay(h[0], h[3], keras, maximize);
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    T *const p_data = parameter[s].data(), *const v_data = square[s].data(), *const u_data = delta[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      const Vector<T> v = fma(g * rest, g, lane.load(v_data) * rho), u = lane.load(u_data);
      const Vector<T> d = sqrt(u + epsilon) / sqrt(v + epsilon) * g;
      lane.store(v_data, v);
      lane.store(u_data, fma(d * rest, d, u * rho));
      lane.store(p_data, p - rate * d);
    });
  });
}

}  // namespace
}  // namespace mushin
