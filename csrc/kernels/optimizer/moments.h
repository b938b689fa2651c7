// Optimizers with a running mean of the gradient and a running size of it: Adam and its kin.
#pragma once
#include "segments.h"

namespace mushin {
namespace {

/// m = beta1 m + (1 - beta1) g.
template <class T>
inline Vector<T> mean_with(Vector<T> m, Vector<T> g, T rest) {
  return fma(g - m, broadcast(rest), m);
}

/// v = beta2 v + (1 - beta2) g^2.
template <class T>
inline Vector<T> square_with(Vector<T> v, Vector<T> g, T beta, T rest) {
  return fma(g * rest, g, v * beta);
}

/// hyper: learning rate, beta1, beta2, epsilon, weight decay. `largest` is empty without amsgrad.
/// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; with the corrections c1 = 1 - beta1^t, c2 = 1 - beta2^t
/// PyTorch: p -= rate / c1 * m / (sqrt(v) / sqrt(c2) + epsilon)       (Kingma and Ba 2015, algorithm 1)
/// Keras:   p -= rate sqrt(c2) / c1 * m / (sqrt(v) + epsilon)         ("epsilon hat", just before section 2.1)
template <class T>
void adam(List<InOut<T>> parameter, List<InOut<T>> average, List<InOut<T>> square, List<InOut<T>> largest,
          List<InOut<int64_t>> step, List<In<T>> gradient, In<double> hyper, int64_t decoupled, int64_t maximize,
          int64_t keras) {
  const double* const h = hyper.data();
  const T rest1 = T(1 - h[1]), beta2 = T(h[2]), rest2 = T(1 - h[2]), epsilon = T(h[3]);
  const Decay<T> decay(h[0], h[4], decoupled, maximize);
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    const double t = double(step[s].data()[0]);
    const double c1 = 1 - __builtin_pow(h[1], t), c2 = 1 - __builtin_pow(h[2], t);
    const T rate = T(keras ? h[0] * __builtin_sqrt(c2) / c1 : h[0] / c1);
    const T inverse_root = T(keras ? 1 : 1 / __builtin_sqrt(c2));
    T *const p_data = parameter[s].data(), *const m_data = average[s].data(), *const v_data = square[s].data();
    const T* const g_data = gradient[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(g_data);
      decay.apply(p, g);
      const Vector<T> m = mean_with<T>(lane.load(m_data), g, rest1);
      Vector<T> v = square_with<T>(lane.load(v_data), g, beta2, rest2);
      lane.store(m_data, m);
      lane.store(v_data, v);
      if (largest.count > 0) {
        v = maximum<Vector<T>>(lane.load(largest[s].data()), v);
        lane.store(largest[s].data(), v);
      }
      lane.store(p_data, p - rate * m / fma(sqrt(v), broadcast(inverse_root), broadcast(epsilon)));
    });
  });
}

/// hyper: learning rate, beta1, beta2, epsilon, weight decay, momentum decay. `mu_product` is the product of all mu.
/// mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
/// p -= rate ((1 - mu_t) / (1 - mu_1 ... mu_t) g + mu_(t+1) / (1 - mu_1 ... mu_(t+1)) m) / (sqrt(v / c2) + epsilon)
/// Dozat 2016.
template <class T>
void nadam(List<InOut<T>> parameter, List<InOut<T>> average, List<InOut<T>> square, List<InOut<int64_t>> step,
           List<InOut<double>> mu_product, List<In<T>> gradient, In<double> hyper, int64_t decoupled,
           int64_t maximize) {
  const double* const h = hyper.data();
  const T rest1 = T(1 - h[1]), beta2 = T(h[2]), rest2 = T(1 - h[2]), epsilon = T(h[3]);
  const Decay<T> decay(h[0], h[4], decoupled, maximize);
  const auto mu = [&](double t) { return h[1] * (1 - 0.5 * __builtin_pow(0.96, t * h[5])); };
  count_step(step);
  renew(mu_product, [&](int64_t s, double before) { return before * mu(double(step[s].data()[0])); });
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    const double t = double(step[s].data()[0]), product = mu_product[s].data()[0];
    const T of_gradient = T(h[0] * (1 - mu(t)) / (1 - product));
    const T of_average = T(h[0] * mu(t + 1) / (1 - product * mu(t + 1)));
    const T inverse_root = T(1 / __builtin_sqrt(1 - __builtin_pow(h[2], t)));
    T *const p_data = parameter[s].data(), *const m_data = average[s].data(), *const v_data = square[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      const Vector<T> m = mean_with<T>(lane.load(m_data), g, rest1);
      const Vector<T> v = square_with<T>(lane.load(v_data), g, beta2, rest2);
      lane.store(m_data, m);
      lane.store(v_data, v);
      const Vector<T> root = fma(sqrt(v), broadcast(inverse_root), broadcast(epsilon));
      lane.store(p_data, p - (of_gradient * g + of_average * m) / root);
    });
  });
}

/// hyper: learning rate, beta1, beta2, epsilon, weight decay. As adam with a rate that grows with the number of steps
/// that v is the mean of; without v while these are too few.
/// Liu et al. 2020.
template <class T>
void radam(List<InOut<T>> parameter, List<InOut<T>> average, List<InOut<T>> square, List<InOut<int64_t>> step,
           List<In<T>> gradient, In<double> hyper, int64_t decoupled, int64_t maximize) {
  const double* const h = hyper.data();
  const T rest1 = T(1 - h[1]), beta2 = T(h[2]), rest2 = T(1 - h[2]), epsilon = T(h[3]);
  const Decay<T> decay(h[0], h[4], decoupled, maximize);
  const double most = 2 / (1 - h[2]) - 1;
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    const double t = double(step[s].data()[0]), power = __builtin_pow(h[2], t), c2 = 1 - power;
    const double length = most - 2 * t * power / c2;
    const bool rectified = length > 5;
    const double share = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length);
    const T rate = T(h[0] / (1 - __builtin_pow(h[1], t)) * (rectified ? __builtin_sqrt(c2 * share) : 1));
    T *const p_data = parameter[s].data(), *const m_data = average[s].data(), *const v_data = square[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      const Vector<T> m = mean_with<T>(lane.load(m_data), g, rest1);
      const Vector<T> v = square_with<T>(lane.load(v_data), g, beta2, rest2);
      lane.store(m_data, m);
      lane.store(v_data, v);
      lane.store(p_data, p - rate * (rectified ? m / (sqrt(v) + epsilon) : m));
    });
  });
}

/// hyper: learning rate, beta1, beta2, epsilon, weight decay.
/// PyTorch: u = max(beta2 u, |g| + epsilon); p -= rate / c1 * m / u
/// Keras:   u = max(beta2 u, |g|); p -= rate / c1 * m / (u + epsilon); weight decay is decoupled
/// Kingma and Ba 2015, algorithm 2.
template <class T>
void adamax(List<InOut<T>> parameter, List<InOut<T>> average, List<InOut<T>> largest, List<InOut<int64_t>> step,
            List<In<T>> gradient, In<double> hyper, int64_t maximize, int64_t keras) {
  const double* const h = hyper.data();
  const T rest1 = T(1 - h[1]), beta2 = T(h[2]), epsilon = T(h[3]);
  const T inside = keras ? T(0) : epsilon, outside = keras ? epsilon : T(0);
  const Decay<T> decay(h[0], h[4], keras, maximize);
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    const T rate = T(h[0] / (1 - __builtin_pow(h[1], double(step[s].data()[0]))));
    T *const p_data = parameter[s].data(), *const m_data = average[s].data(), *const u_data = largest[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      const Vector<T> m = mean_with<T>(lane.load(m_data), g, rest1);
      const Vector<T> u = maximum<Vector<T>>(beta2 * lane.load(u_data), absolute<T>(g) + inside);
      lane.store(m_data, m);
      lane.store(u_data, u);
      lane.store(p_data, p - rate * m / (u + outside));
    });
  });
}

}  // namespace
}  // namespace mushin
