// Walking several arrays of one shape and any strides together: axes that can be are merged, the innermost axis is
// handed out in spans.
#pragma once
#include "map.h"

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

template <class T>
inline void fill_room(T* room, int64_t n, T value) {
  for (int64_t i = 0; i < n; ++i) room[i] = value;
}

/// run_bursts for a span of any strides: operands are gathered, a burst at a time, unless they lie in one piece; one
/// number is repeated once for all.
template <class T, int operands>
void run_gathered(Block<T> block, Writing writing, T* y, int64_t n, Operands<T, operands> operand,
                  const int64_t (&strides)[operands]) {
  T rooms[operands][burst];
  for (int k = 0; k < operands; ++k)
    if (strides[k] == 0) fill_room<T>(rooms[k], n < burst ? n : burst, *operand.x[k]);
  for (int64_t i = 0; i < n; i += burst) {
    const int64_t count = n - i < burst ? n - i : burst;
    Operands<T, operands> pieces;
    for (int k = 0; k < operands; ++k) {
      const int64_t stride = strides[k];
      const T* const from = operand.x[k] + i * stride;
      pieces.x[k] = stride == 1 ? from : rooms[k];
      if (stride == 0 || stride == 1) continue;
      for (int64_t j = 0; j < count; ++j) rooms[k][j] = from[j * stride];
    }
    run_bursts<T, operands>(block, writing, y + i, count, pieces);
  }
}

/// A block that writes elements [begin, end) of y, which is dense; its operands have y's shape and any strides.
template <class T, int operands>
class StridedBlock {
 public:
  StridedBlock(Block<T> block, Out<T> y, const StridedIn<T> (&x)[operands])
      : block_(block), y_(y.data()), walk_(walk_of(y, x)) {
    bool all_dense = true;
    for (int k = 0; k < operands; ++k) {
      operand_.x[k] = x[k].data();
      strides_[k] = walk_.strides[1 + k][walk_.ndim - 1];
      all_dense = all_dense && strides_[k] == 1;
    }
    is_dense_ = all_dense;
    // Only long spans go past the caches: the ends of short ones would be written in parts.
    const bool long_spans = is_dense_ && walk_.shape[walk_.ndim - 1] * int64_t(sizeof(T)) >= 1024;
    writing_ = writing_of<T>(long_spans ? walk_.size : 0, y.accumulate());
  }

  void run(int64_t begin, int64_t end) const {
    for_spans(walk_, begin, end, [&](const int64_t* offsets, int64_t count) {
      Operands<T, operands> span = operand_;
      for (int k = 0; k < operands; ++k) span.x[k] += offsets[1 + k];
      if (is_dense_)
        run_bursts<T, operands>(block_, writing_, y_ + offsets[0], count, span);
      else
        run_gathered<T, operands>(block_, writing_, y_ + offsets[0], count, span, strides_);
    });
    if (writing_ == Writing::past_cache) finish_stores_past_cache();
  }

 private:
  static Walk<1 + operands> walk_of(Out<T> y, const StridedIn<T> (&x)[operands]) {
    const View* views[1 + operands] = {y.view};
    for (int k = 0; k < operands; ++k) views[1 + k] = x[k].view;
    return merge_axes<1 + operands>(views);
  }

  Block<T> block_;
  T* y_;
  Walk<1 + operands> walk_;
  Operands<T, operands> operand_;
  int64_t strides_[operands];
  bool is_dense_;
  Writing writing_;
};

template <class T, int operands>
void run_strided(Block<T> block, Out<T> y, const StridedIn<T> (&x)[operands]) {
  const StridedBlock<T, operands> strided(block, y, x);
  parallel(y.size(), chunk_elements, [&](int64_t begin, int64_t end) { strided.run(begin, end); });
}

/// y = f(x, ...).
template <class T, class F, class... X>
inline void map_strided(Out<T> y, const F& f, X... x) {
  run_strided<T, sizeof...(X)>(block_of<T, sizeof...(X)>(f), y, {x...});
}

template <class T, int operands>
void run_strided_to_both(Block<T> f, Out<T> y, Block<T> g, Out<T> z, const StridedIn<T> (&x)[operands]) {
  const StridedBlock<T, operands> first(f, y, x), second(g, z, x);
  parallel(y.size(), chunk_elements, [&](int64_t begin, int64_t end) {
    first.run(begin, end);
    second.run(begin, end);
  });
}

/// y = f(x, ...) and z = g(x, ...) of one shape; the second finds in the cache what the first has read.
template <class T, class F, class G, class... X>
inline void map_strided_to_both(Out<T> y, const F& f, Out<T> z, const G& g, X... x) {
  constexpr int operands = sizeof...(X);
  run_strided_to_both<T, operands>(block_of<T, operands>(f), y, block_of<T, operands>(g), z, {x...});
}

}  // namespace
}  // namespace mushin
