// Norms and clipping of gradients, and running averages of parameters: launches over segments beside an optimizer's.
#pragma once
#include "segments.h"

namespace mushin {
namespace {

/// The larger one; NaN if there is one.
inline double larger_or_nan(double a, double b) { return a != a || b < a ? a : b; }

/// (|x_1|^order + ...)^(1 / order), or the largest |x| if the order is infinite: what is done with each |x|, how two
/// results are combined, and what becomes of the last.
struct Norm {
  double order;
  bool largest() const { return __builtin_isinf(order); }
  double begin(double size) const {
    return order == 1 || largest() ? size : order == 2 ? size * size : __builtin_pow(size, order);
  }
  double combine(double a, double b) const { return largest() ? larger_or_nan(a, b) : a + b; }
  double end(double all) const {
    return order == 1 || largest() ? all : order == 2 ? __builtin_sqrt(all) : __builtin_pow(all, 1 / order);
  }
};

/// norms[s] is that of array s.
template <class T>
void norms(Out<double> norms, List<In<T>> arrays, double order) {
  const Norm norm{order};
  const auto combine = [norm](double a, double b) { return norm.combine(a, b); };
  const auto piece = [norm](const T* x, int64_t begin, int64_t end) {
    double all = 0;
    for (int64_t i = begin; i < end; ++i) all = norm.combine(all, norm.begin(__builtin_fabs(double(x[i]))));
    return all;
  };
  for (int64_t s = 0; s < arrays.count; ++s) {
    const T* const x = arrays[s].data();
    const int64_t n = arrays[s].size();
    norms.data()[s] = norm.end(order == 2 ? sum_of_squares(x, n) : fold(x, n, piece, combine));
  }
}

/// The norm of all arrays together, from that of each.
template <class T>
void norm_of_norms(Out<double> total, In<double> norms, double order) {
  const Norm norm{order};
  double all = 0;
  for (int64_t s = 0; s < norms.size(); ++s) all = norm.combine(all, norm.begin(norms.data()[s]));
  total.data()[0] = norm.end(all);
}

/// Scales array s by min(1, limit / (norm + epsilon)); the norms are its own, or one for all.
template <class T>
void clip_by_norm(List<InOut<T>> arrays, In<double> norms, In<double> limit, double epsilon) {
  const bool one = norms.ndim() == 0;
  for_segments(arrays, [&](int64_t s, int64_t begin, int64_t end) {
    const double factor = limit.data()[0] / (norms.data()[one ? 0 : s] + epsilon);
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

/// Multiplies every element.
template <class T>
void scale(List<InOut<T>> arrays, In<double> factor) {
  const T by = T(factor.data()[0]);
  for_segments(arrays, [&](int64_t s, int64_t begin, int64_t end) {
    T* const data = arrays[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) { lane.store(data, lane.load(data) * by); });
  });
}

/// average += (1 - decay) (value - average); a negative decay stands for count / (count + 1), the mean of all values.
/// The first value is taken as it is. `count` is how many values there were, and counts this one.
template <class T>
void running_average(List<InOut<T>> average, InOut<int64_t> count, List<In<T>> value, In<double> decay) {
  const double before = double(count.data()[0]++), kept = decay.data()[0];
  const T weight = T(kept < 0 || before == 0 ? 1 / (before + 1) : 1 - kept);
  for_segments(average, [&](int64_t s, int64_t begin, int64_t end) {
    T* const data = average[s].data();
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      const Vector<T> old = lane.load(data), now = lane.load(value[s].data());
      lane.store(data, weight == 1 ? now : fma(now - old, broadcast(weight), old));
    });
  });
}

}  // namespace
}  // namespace mushin
