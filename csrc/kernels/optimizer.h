// Optimizer launches over segments: one call updates all of a parameter group's memory in one pass. Segments lie
// anywhere; neighbours are merged by the caller, so that the usual model is one segment. Hyperparameters arrive in a
// buffer that the caller may change between launches. Where PyTorch's and Keras' conventions differ the flag `keras`
// chooses.
#pragma once
#include "arguments.h"

namespace mushin {
namespace {

constexpr int64_t segment_chunk = 4096;

/// Calls f(segment, begin, end) for fixed pieces of all segments.
template <class Array, class F>
inline void for_segments(List<Array> segments, const F& f) {
  const auto pieces_of = [&](int64_t s) { return (segments[s].size() + segment_chunk - 1) / segment_chunk; };
  int64_t pieces = 0;
  for (int64_t s = 0; s < segments.count; ++s) pieces += pieces_of(s);
  // A chunk of many pieces looks for its first segment once.
  parallel(pieces, 1 + pieces / 128, [&](int64_t begin, int64_t end) {
    int64_t first = 0, s = 0;
    for (int64_t piece = begin; piece < end; ++piece) {
      while (piece - first >= pieces_of(s)) first += pieces_of(s++);
      const int64_t from = (piece - first) * segment_chunk, size = segments[s].size();
      f(s, from, from + segment_chunk < size ? from + segment_chunk : size);
    }
  });
}

/// A vector of elements that may be the last, shorter one of its segment.
template <class T>
struct Lane {
  int64_t at, count;
  Vector<T> load(const T* from) const {
    return count == lanes<T> ? mushin::load<T>(from + at) : load_first<T>(from + at, count);
  }
  void store(T* to, Vector<T> value) const {
    count == lanes<T> ? mushin::store<T>(to + at, value) : store_first<T>(to + at, value, count);
  }
};

template <class T, class F>
inline void for_lanes(int64_t begin, int64_t end, const F& f) {
  for (int64_t i = begin; i < end; i += lanes<T>) f(Lane<T>{i, end - i < lanes<T> ? end - i : lanes<T>});
}

/// hyper: learning rate, momentum, dampening, weight decay. `velocity` is empty without momentum. `first` is 1 for a
/// segment whose velocity has not been set yet.
/// PyTorch: g += decay p; v = momentum v + (1 - dampening) g; p -= rate (nesterov ? g + momentum v : v).
/// Keras:   p -= rate decay p; v = momentum v - rate g; p += nesterov ? momentum v - rate g : v.
template <class T>
void sgd(List<InOut<T>> parameter, List<InOut<T>> velocity, List<InOut<int64_t>> step, List<In<T>> gradient,
         In<double> hyper, int64_t nesterov, int64_t maximize, int64_t keras) {
  const double* const h = hyper.data();
  const T rate = T(h[0]), momentum = T(h[1]), rest = T(1 - h[2]), decay = T(h[3]), shrink = T(1 - h[0] * h[3]);
  const T sign = maximize ? T(-1) : T(1);
  const bool moving = velocity.count > 0;
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    T* const p_data = parameter[s].data();
    const bool first = step[s].data()[0] == 0;
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data), g = lane.load(gradient[s].data()) * sign;
      if (keras)
        p *= shrink;
      else if (decay != 0)
        g = fma(p, broadcast(decay), g);
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
  for (int64_t s = 0; s < step.count; ++s)
    for (int64_t i = 0; i < step[s].size(); ++i) ++step[s].data()[i];
}

/// hyper: learning rate, beta1, beta2, epsilon, weight decay. `largest` is empty without amsgrad.
/// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; with the corrections c1 = 1 - beta1^t, c2 = 1 - beta2^t
/// PyTorch: p -= rate / c1 * m / (sqrt(v) / sqrt(c2) + epsilon)       (Kingma and Ba 2015, algorithm 1)
/// Keras:   p -= rate sqrt(c2) / c1 * m / (sqrt(v) + epsilon)         ("epsilon hat", just before section 2.1)
/// Weight decay is added to the gradient or, if `decoupled`, taken from the parameter (Loshchilov and Hutter 2019).
template <class T>
void adam(List<InOut<T>> parameter, List<InOut<T>> average, List<InOut<T>> square, List<InOut<T>> largest,
          List<InOut<int64_t>> step, List<In<T>> gradient, In<double> hyper, int64_t decoupled, int64_t maximize,
          int64_t keras) {
  for (int64_t s = 0; s < step.count; ++s)
    for (int64_t i = 0; i < step[s].size(); ++i) ++step[s].data()[i];
  const double* const h = hyper.data();
  const T rest1 = T(1 - h[1]), beta2 = T(h[2]), rest2 = T(1 - h[2]), epsilon = T(h[3]);
  const T decay = decoupled ? T(0) : T(h[4]), shrink = decoupled ? T(1 - h[0] * h[4]) : T(1);
  const T sign = maximize ? T(-1) : T(1);
  for_segments(parameter, [&](int64_t s, int64_t begin, int64_t end) {
    const double t = double(step[s].data()[0]);
    const double c1 = 1 - __builtin_pow(h[1], t), c2 = 1 - __builtin_pow(h[2], t);
    const T rate = T(keras ? h[0] * __builtin_sqrt(c2) / c1 : h[0] / c1);
    const T inverse_root = T(keras ? 1 : 1 / __builtin_sqrt(c2));
    T *const p_data = parameter[s].data(), *const m_data = average[s].data(), *const v_data = square[s].data();
    const T* const g_data = gradient[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      Vector<T> p = lane.load(p_data) * shrink, m = lane.load(m_data), v = lane.load(v_data);
      Vector<T> g = lane.load(g_data) * sign;
      if (decay != 0) g = fma(p, broadcast(decay), g);
      m = fma(g - m, broadcast(rest1), m);
      v = fma(g * rest2, g, v * beta2);
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

/// norms[s] = sum of squares of array s: fixed pieces in floats, pieces in doubles.
template <class T>
void squared_norms(Out<double> norms, List<In<T>> arrays) {
  for (int64_t s = 0; s < arrays.count; ++s) {
    const int64_t n = arrays[s].size(), pieces = (n + segment_chunk - 1) / segment_chunk;
    const T* const x = arrays[s].data();
    double* const partial = static_cast<double*>(scratch(0, pieces * int64_t(sizeof(double))));
    parallel(n, segment_chunk, [&](int64_t begin, int64_t end) {
      Vector<T> sum{};
      for_lanes<T>(begin, end, [&](Lane<T> lane) {
        const Vector<T> value = lane.load(x);
        sum = fma(value, value, sum);
      });
      partial[begin / segment_chunk] = double(sum_lanes<T>(sum));
    });
    double total = 0;
    for (int64_t piece = 0; piece < pieces; ++piece) total += partial[piece];
    norms.data()[s] = total;
  }
}

/// Scales array s by min(1, limit / (norm + epsilon)); the norm is the array's own or, if `together`, that of all,
/// which is also returned.
template <class T>
void clip_by_norm(Out<double> total_norm, List<InOut<T>> arrays, In<double> squared_norms, In<double> limit,
                  double epsilon, int64_t together) {
  double all = 0;
  for (int64_t s = 0; s < squared_norms.size(); ++s) all += squared_norms.data()[s];
  total_norm.data()[0] = __builtin_sqrt(all);
  for_segments(arrays, [&](int64_t s, int64_t begin, int64_t end) {
    const double norm = __builtin_sqrt(together ? all : squared_norms.data()[s]);
    const double factor = limit.data()[0] / (norm + epsilon);
    if (factor >= 1) return;
    T* const data = arrays[s].data();
    for (int64_t i = begin; i < end; ++i) data[i] *= T(factor);
  });
}

/// Clips every element to [-limit, limit]; a NaN stays.
template <class T>
void clip_by_value(List<InOut<T>> arrays, In<double> limit) {
  const T high = T(limit.data()[0]);
  for_segments(arrays, [&](int64_t s, int64_t begin, int64_t end) {
    T* const data = arrays[s].data();
    for (int64_t i = begin; i < end; ++i) data[i] = data[i] > high ? high : data[i] < -high ? -high : data[i];
  });
}

}  // namespace
}  // namespace mushin
