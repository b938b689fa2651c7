// Optimizers that follow the gradient or its sign without dividing by a mean square.
#pragma once
#include "../functions.h"
#include "segments.h"

namespace mushin {
namespace {

/// hyper: learning rate, momentum, dampening, weight decay. `velocity` is empty without momentum. `step` is 0 for a
/// segment whose velocity has not been set yet, and 1 from then on.
/// PyTorch: g += decay p; v = momentum v + (1 - dampening) g; p -= rate (nesterov ? g + momentum v : v).
/// Keras:   p -= rate decay p; v = momentum v - rate g; p += nesterov ? momentum v - rate g : v.
template <class T>
void sgd(List<InOut<T>> parameter, List<InOut<T>> velocity, List<InOut<int64_t>> step, List<In<T>> gradient,
         In<double> hyper, int64_t nesterov, int64_t maximize, int64_t keras) {
  const double* const h = hyper.data();
  const T rate = T(h[0]), momentum = T(h[1]), rest = T(1 - h[2]);
  const Decay<T> decay(h[0], h[3], keras, maximize);
  const bool moving = velocity.count > 0;
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    T* const p_data = parameter[s].data();
    const bool first = step[s].data()[0] == 0;
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      if (moving) {
        Vector<T> v = lane.load(velocity[s].data());
        if (keras) {
          v = momentum * v - rate * g;
          p += nesterov ? momentum * v - rate * g : v;
        } else {
          v = first ? g : momentum * v + rest * g;
          p -= rate * (nesterov ? fma(broadcast(momentum), v, g) : v);
        }
        lane.store(velocity[s].data(), v);
      } else {
        p -= rate * g;
      }
      lane.store(p_data, p);
    });
  });
  if (moving) renew(step, [](int64_t, int64_t) { return int64_t(1); });
}

/// hyper: learning rate, beta1, beta2, weight decay, which is decoupled.
/// p -= rate sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g       (Chen et al. 2023)
template <class T>
void lion(List<InOut<T>> parameter, List<InOut<T>> average, List<InOut<int64_t>> step, List<In<T>> gradient,
          In<double> hyper, int64_t maximize) {
  const double* const h = hyper.data();
  const T rate = T(h[0]), beta1 = T(h[1]), rest1 = T(1 - h[1]), beta2 = T(h[2]), rest2 = T(1 - h[2]);
  const Decay<T> decay(h[0], h[3], true, maximize);
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    T *const p_data = parameter[s].data(), *const m_data = average[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), m = lane.load(m_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      lane.store(p_data, p - rate * sign_of<T>(beta1 * m + rest1 * g));
      lane.store(m_data, beta2 * m + rest2 * g);
    });
  });
}

/// hyper: learning rate, lambd, alpha, t0, weight decay. `eta` and `mu` are each segment's rate and the weight of its
/// next parameters in their average; the first eta is the learning rate.
/// p = (1 - lambd eta) p - eta g; average += mu (p - average)                 (Polyak and Juditsky 1992)
/// then eta = rate / (1 + lambd rate t)^alpha; mu = 1 / max(1, t - t0)
template <class T>
void asgd(List<InOut<T>> parameter, List<InOut<T>> average, List<InOut<int64_t>> step, List<InOut<double>> eta,
          List<InOut<double>> mu, List<In<T>> gradient, In<double> hyper, int64_t maximize) {
  const double* const h = hyper.data();
  const Decay<T> decay(h[0], h[4], false, maximize);
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    const double now = step[s].data()[0] == 1 ? h[0] : eta[s].data()[0];
    const T rate = T(now), shrink = T(1 - h[1] * now), weight = T(mu[s].data()[0]);
    T *const p_data = parameter[s].data(), *const a_data = average[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data());
      decay.apply(p, g);
      p = p * shrink - rate * g;
      const Vector<T> a = lane.load(a_data);
      lane.store(p_data, p);
      lane.store(a_data, weight == 1 ? p : fma(p - a, broadcast(weight), a));
    });
  });
  const auto t = [&](int64_t s) { return double(step[s].data()[0]); };
  renew(eta, [&](int64_t s, double) { return h[0] / __builtin_pow(1 + h[1] * h[0] * t(s), h[2]); });
  renew(mu, [&](int64_t s, double) { return 1 / (t(s) - h[3] > 1 ? t(s) - h[3] : 1.0); });
}

/// hyper: learning rate, which is the first size of every element's step; the factors that make it smaller and larger;
/// its smallest and largest. Where the gradient has changed its sign nothing is moved.
/// Riedmiller and Braun 1993.
template <class T>
void rprop(List<InOut<T>> parameter, List<InOut<T>> previous, List<InOut<T>> size, List<InOut<int64_t>> step,
           List<In<T>> gradient, In<double> hyper, int64_t maximize) {
  const double* const h = hyper.data();
  const Vector<T> smaller = broadcast(T(h[1])), larger = broadcast(T(h[2])), one = broadcast(T(1)), zero{};
  const T sign = maximize ? T(-1) : T(1);
  count_step(step);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    const bool first = step[s].data()[0] == 1;
    T *const p_data = parameter[s].data(), *const g_data = previous[s].data(), *const size_data = size[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> g = sign * lane.load(gradient[s].data());
      const Vector<T> agreement = g * lane.load(g_data), before = first ? broadcast(T(h[0])) : lane.load(size_data);
      const Vector<T> factor = agreement > zero ? larger : agreement < zero ? smaller : one;
      const Vector<T> now = clamp<T>(before * factor, T(h[3]), T(h[4]));
      g = agreement < zero ? zero : g;
      lane.store(p_data, lane.load(p_data) - sign_of<T>(g) * now);
      lane.store(g_data, g);
      lane.store(size_data, now);
    });
  });
}

}  // namespace
}  // namespace mushin
