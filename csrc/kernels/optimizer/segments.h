// What optimizer launches share. One call updates all of a parameter group's memory in one pass, over segments that lie
// anywhere; neighbours are merged by the caller, so that the usual model is one segment. Hyperparameters arrive in a
// buffer that the caller may change between launches. Where PyTorch's and Keras' conventions differ the flag `keras`
// chooses.
#pragma once
#include "../arguments.h"

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

/// A new value for every number of every segment's list: the parameters that a segment joins have one in common.
template <class T, class F>
inline void renew(List<InOut<T>> numbers, const F& value) {
  for (int64_t s = 0; s < numbers.count; ++s)
    for (int64_t i = 0; i < numbers[s].size(); ++i) numbers[s].data()[i] = value(s, numbers[s].data()[i]);
}

inline void count_step(List<InOut<int64_t>> step) {
  renew(step, [](int64_t, int64_t t) { return t + 1; });
}

/// What weight decay makes of a parameter and its gradient before the step, and `maximize` of the gradient. Decay is
/// added to the gradient or, if `decoupled`, taken from the parameter (Loshchilov and Hutter 2019).
template <class T>
struct Decay {
  T sign, added, shrink;
  Decay(double rate, double decay, int64_t decoupled, int64_t maximize)
      : sign(maximize ? T(-1) : T(1)),
        added(decoupled ? T(0) : T(decay)),
        shrink(decoupled ? T(1 - rate * decay) : T(1)) {}
  void apply(Vector<T>& p, Vector<T>& g) const {
    p *= shrink;
    g *= sign;
    if (added != 0) g = fma(p, broadcast(added), g);
  }
};

/// `of_piece` of fixed pieces of x, combined in their order.
template <class T, class F, class G>
inline double fold(const T* x, int64_t n, const F& of_piece, const G& combine) {
  const int64_t pieces = (n + segment_chunk - 1) / segment_chunk;
  double* const partial = static_cast<double*>(scratch(0, pieces * int64_t(sizeof(double))));
  parallel(n, segment_chunk,
           [&](int64_t begin, int64_t end) { partial[begin / segment_chunk] = of_piece(x, begin, end); });
  double all = 0;
  for (int64_t piece = 0; piece < pieces; ++piece) all = combine(all, partial[piece]);
  return all;
}

/// Pieces in the arrays' dtype, their sums in doubles; a piece of floats whose squares only doubles hold in these.
template <class T>
inline double sum_of_squares(const T* x, int64_t n) {
  const auto piece = [](const T* data, int64_t begin, int64_t end) {
    Vector<T> sum{};
    for_lanes<T>(begin, end, [&](Lane<T> lane) {
      const Vector<T> value = lane.load(data);
      sum = fma(value, value, sum);
    });
    const double squares = double(sum_lanes<T>(sum));
    if (!__builtin_isinf(squares)) return squares;
    double wide = 0;
    for (int64_t i = begin; i < end; ++i) wide += double(data[i]) * double(data[i]);
    return wide;
  };
  return fold(x, n, piece, [](double a, double b) { return a + b; });
}

}  // namespace
}  // namespace mushin
