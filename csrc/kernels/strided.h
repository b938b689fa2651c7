// Walking several arrays of one shape and any strides together: axes that can be are merged, the innermost axis is
// handed out in spans.
#pragma once
#include "arguments.h"

namespace mushin {
namespace {

template <int operands>
struct Walk {
  int ndim;
  int64_t size;
  int64_t shape[max_ndim];
  int64_t strides[operands][max_ndim];
};

template <int operands>
inline Walk<operands> merge_axes(const View* const (&views)[operands]) {
  Walk<operands> walk{0, 1, {}, {}};
  for (int axis = 0; axis < views[0]->ndim; ++axis) {
    const int64_t length = views[0]->shape[axis];
    walk.size *= length;
    if (length == 1) continue;
    bool joins = walk.ndim > 0;
    for (int k = 0; k < operands; ++k)
      joins = joins && walk.strides[k][walk.ndim - 1] == views[k]->strides[axis] * length;
    if (!joins) walk.shape[walk.ndim++] = 1;
    walk.shape[walk.ndim - 1] *= length;
    for (int k = 0; k < operands; ++k) walk.strides[k][walk.ndim - 1] = views[k]->strides[axis];
  }
  if (walk.ndim == 0) walk.shape[walk.ndim++] = 1;
  return walk;
}

/// Calls f(offsets, count) for the spans of the innermost axis that make up elements [begin, end).
template <int operands, class F>
inline void for_spans(const Walk<operands>& walk, int64_t begin, int64_t end, const F& f) {
  int64_t index[max_ndim], offsets[operands] = {};
  int64_t rest = begin;
  for (int axis = walk.ndim - 1; axis >= 0; --axis) {
    index[axis] = rest % walk.shape[axis];
    rest /= walk.shape[axis];
    for (int k = 0; k < operands; ++k) offsets[k] += index[axis] * walk.strides[k][axis];
  }
  const int inner = walk.ndim - 1;
  for (int64_t done = begin; done < end;) {
    const int64_t in_row = walk.shape[inner] - index[inner];
    const int64_t count = in_row < end - done ? in_row : end - done;
    f(offsets, count);
    done += count;
    index[inner] += count;
    for (int k = 0; k < operands; ++k) offsets[k] += count * walk.strides[k][inner];
    for (int axis = inner; axis > 0 && index[axis] == walk.shape[axis]; --axis) {
      index[axis] = 0;
      ++index[axis - 1];
      for (int k = 0; k < operands; ++k)
        offsets[k] += walk.strides[k][axis - 1] - walk.shape[axis] * walk.strides[k][axis];
    }
  }
}

/// `count` elements, at most a vector's, from a span of the given stride.
template <class T>
inline Vector<T> fetch(const T* from, int64_t stride, int64_t count) {
  if (stride == 0) return broadcast(*from);
  if (stride == 1) return count == lanes<T> ? load<T>(from) : load_first<T>(from, count);
  Vector<T> vector{};
  for (int64_t i = 0; i < count; ++i) vector[i] = from[i * stride];
  return vector;
}

template <class T, int... index, class F, class... X>
inline auto strided_map_in_order(Indices<index...>, Out<T> y, const F& f, X... x) {
  constexpr int operands = 1 + sizeof...(X);
  const Walk<operands> walk = merge_axes<operands>({y.view, x.view...});
  const int inner = walk.ndim - 1;
  const bool dense_spans = ((walk.strides[1 + index][inner] == 1) && ...);
  // Only long spans go past the caches: the ends of short ones would be written in parts.
  const bool long_spans = dense_spans && walk.shape[inner] * int64_t(sizeof(T)) >= 1024;
  const Writing writing = writing_of<T>(long_spans ? walk.size : 0, y.accumulate());
  return [=](int64_t begin, int64_t end) {
    with_writing(writing, [&](auto constant) {
      constexpr Writing way = decltype(constant)::value;
      for_spans(walk, begin, end, [&](const int64_t* offsets, int64_t count) {
        T* const to = y.data() + offsets[0];
        if (dense_spans) return map_span<T, way>(to, 0, count, f, (x.data() + offsets[1 + index])...);
        for (int64_t i = 0; i < count; i += lanes<T>) {
          const int64_t n = count - i < lanes<T> ? count - i : lanes<T>;
          const auto next = [&](int k, const T* from) {
            const int64_t stride = walk.strides[k][inner];
            return fetch<T>(from + offsets[k] + i * stride, stride, n);
          };
          const Vector<T> value = f(next(1 + index, x.data())...);
          n == lanes<T> ? put<T>(to + i, value, y.accumulate()) : put_first<T>(to + i, value, n, y.accumulate());
        }
      });
    });
  };
}

/// A function of [begin, end) that writes so much of y = f(x, ...), with y dense and x of its shape with any strides.
template <class T, class F, class... X>
inline auto strided_map(Out<T> y, const F& f, X... x) {
  return strided_map_in_order<T>(typename MakeIndices<sizeof...(X)>::type{}, y, f, x...);
}

/// y = f(x, ...).
template <class T, class F, class... X>
inline void map_strided(Out<T> y, const F& f, X... x) {
  parallel(y.size(), chunk_elements, strided_map<T>(y, f, x...));
}

/// y = f(x, ...) and z = g(x, ...) of one shape; the second finds in the cache what the first has read.
template <class T, class F, class G, class... X>
inline void map_strided_to_both(Out<T> y, const F& f, Out<T> z, const G& g, X... x) {
  const auto first = strided_map<T>(y, f, x...);
  const auto second = strided_map<T>(z, g, x...);
  parallel(y.size(), chunk_elements, [&](int64_t begin, int64_t end) {
    first(begin, end);
    second(begin, end);
  });
}

}  // namespace
}  // namespace mushin
