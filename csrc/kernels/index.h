// Reading and writing at places that integers name, choosing by truth values, and triangles of matrices. Those that
// only move elements take any dtype; along the indexed axis an array is (outer, length, inner).
#pragma once
#include "copy.h"

namespace mushin {
namespace {

/// The place that an id names among `length`: those below zero count from the end.
inline int64_t place_of(int64_t id, int64_t length) { return id < 0 ? id + length : id; }

/// flat = earlier * length + the place of the id: several indices become one, of the axes together.
inline void index(Out<int64_t> bad, Out<int64_t> flat, StridedIn<int64_t> earlier, StridedIn<int64_t> ids,
                  int64_t length) {
  if (!ids_in_range(bad, ids, -length, length)) return;
  const Walk<3> walk = merge_axes<3>({flat.view, earlier.view, ids.view});
  const int64_t earlier_stride = walk.strides[1][walk.ndim - 1], ids_stride = walk.strides[2][walk.ndim - 1];
  parallel(walk.size, chunk_elements, [&](int64_t begin, int64_t end) {
    for_spans(walk, begin, end, [&](const int64_t* offsets, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        flat.data()[offsets[0] + i] = earlier.data()[offsets[1] + i * earlier_stride] * length +
                                      place_of(ids.data()[offsets[2] + i * ids_stride], length);
    });
  });
}

/// The ids of (outer, count, inner), of which all outer and inner ones may be the same.
struct Ids {
  const int64_t* data;
  int64_t outer_stride, stride, inner_stride;
  bool of_rows;  // one id for all of a row

  explicit Ids(StridedIn<int64_t> ids)
      : data(ids.data()),
        outer_stride(ids.stride(0)),
        stride(ids.stride(1)),
        inner_stride(ids.stride(2)),
        of_rows(ids.stride(2) == 0 || ids.shape(2) == 1) {}

  const int64_t* row(int64_t outer, int64_t i) const { return data + outer * outer_stride + i * stride; }
};

/// y[o, i, r] = x[o, ids[o, i, r], r].
inline void gather(Out<int64_t> bad, Out<Any> y, StridedIn<Any> x, StridedIn<int64_t> ids_in, int64_t from_end) {
  const int64_t length = x.shape(1), count = ids_in.shape(1), inner = ids_in.shape(2);
  if (!ids_in_range(bad, ids_in, from_end ? -length : 0, length)) return;
  const Ids ids(ids_in);
  const int64_t step = x.stride(1), inner_step = x.stride(2);
  with_element(x.view->dtype, [&](auto type) {
    using T = decltype(type);
    // Where rows are empty there are no ids to read either.
    parallel(inner > 0 ? ids_in.shape(0) * count : 0, chunk_rows(inner), [&](int64_t begin, int64_t end) {
      int64_t outer = begin / count, i = begin % count;
      for (int64_t row = begin; row < end; ++row) {
        T* const to = elements<T>(y) + row * inner;
        const T* const from = elements<const T>(x) + outer * x.stride(0);
        const int64_t* const id = ids.row(outer, i);
        if (inner == 1) {  // to the end of the line
          const int64_t more = count - i < end - row ? count - i : end - row;
          for (int64_t k = 0; k < more; ++k) to[k] = from[place_of(id[k * ids.stride], length) * step];
          row += more - 1;
          i += more - 1;
        } else if (ids.of_rows) {
          const T* const chosen = from + place_of(*id, length) * step;
          for (int64_t r = 0; r < inner; ++r) to[r] = chosen[r * inner_step];
        } else {
          for (int64_t r = 0; r < inner; ++r)
            to[r] = from[place_of(id[r * ids.inner_stride], length) * step + r * inner_step];
        }
        if (++i == count) {
          i = 0;
          ++outer;
        }
      }
    });
  });
}

/// Calls f(to, from, begin, end, id) for pieces of columns: each belongs to one chunk, which goes through its ids in
/// order, so that neither a sum nor the last one written depends on threads.
template <class F>
inline void for_columns(int64_t outer, int64_t count, int64_t inner, int64_t length, const Ids& ids, const F& f) {
  constexpr int64_t strip = 64;
  const int64_t strips = (inner + strip - 1) / strip;
  const int64_t work = count * (inner < strip ? inner : strip);
  parallel(outer * strips, 1 + chunk_elements / (work + 1), [&](int64_t first, int64_t last) {
    for (int64_t piece = first; piece < last; ++piece) {
      const int64_t o = piece / strips, begin = piece % strips * strip;
      const int64_t end = inner - begin < strip ? inner : begin + strip;
      for (int64_t i = 0; i < count; ++i) f(o * length, o, i, begin, end, ids.row(o, i));
    }
  });
}

/// The same where inner is 1: calls f(to, o, i) for the elements of each line, with the place in the result.
template <class F>
inline void for_lines(int64_t outer, int64_t count, int64_t length, const Ids& ids, const F& f) {
  parallel(outer, chunk_rows(count), [&](int64_t first, int64_t last) {
    for (int64_t o = first; o < last; ++o)
      for (int64_t i = 0; i < count; ++i) f(o * length + place_of(*ids.row(o, i), length), o, i);
  });
}

/// dx[o, ids[o, i, r], r] += dy[o, i, r], in the order of i.
template <class T>
void scatter_add(Out<int64_t> bad, Out<T> dx, StridedIn<T> dy, StridedIn<int64_t> ids_in, int64_t from_end, int64_t) {
  if (!dx) return;
  const int64_t length = dx.shape(1), inner = dx.shape(2), dy_step = dy.stride(2);
  if (!ids_in_range(bad, ids_in, from_end ? -length : 0, length)) return;
  if (!dx.accumulate()) map_dense<T>(dx.data(), false, dx.size(), [] { return broadcast(T(0)); });
  const Ids ids(ids_in);
  if (inner == 1)
    return for_lines(dx.shape(0), dy.shape(1), length, ids, [&](int64_t to, int64_t o, int64_t i) {
      dx.data()[to] += dy.data()[o * dy.stride(0) + i * dy.stride(1)];
    });
  for_columns(dx.shape(0), dy.shape(1), inner, length, ids,
              [&](int64_t row, int64_t o, int64_t i, int64_t begin, int64_t end, const int64_t* id) {
                const T* const from = dy.data() + o * dy.stride(0) + i * dy.stride(1);
                if (ids.of_rows) {
                  T* const to = dx.data() + (row + place_of(*id, length)) * inner;
                  for (int64_t r = begin; r < end; ++r) to[r] += from[r * dy_step];
                } else {
                  for (int64_t r = begin; r < end; ++r)
                    dx.data()[(row + place_of(id[r * ids.inner_stride], length)) * inner + r] += from[r * dy_step];
                }
              });
}

/// y[o, ids[o, i, r], r] = the larger of what is there and x[o, i, r], or the smaller; a NaN goes before all numbers.
template <class T>
void scatter_extreme(Out<int64_t> bad, InOut<T> y, StridedIn<T> x, StridedIn<int64_t> ids_in, int64_t smallest) {
  const int64_t length = y.shape(1), inner = y.shape(2), x_step = x.stride(2);
  if (!ids_in_range(bad, ids_in, 0, length)) return;
  const Ids ids(ids_in);
  for_columns(y.shape(0), x.shape(1), inner, length, ids,
              [&](int64_t row, int64_t o, int64_t i, int64_t begin, int64_t end, const int64_t* id) {
                const T* const from = x.data() + o * x.stride(0) + i * x.stride(1);
                for (int64_t r = begin; r < end; ++r) {
                  T& to = y.data()[(row + id[ids.of_rows ? 0 : r * ids.inner_stride]) * inner + r];
                  const T value = from[r * x_step];
                  if (value != value || (smallest ? value < to : value > to)) to = value;
                }
              });
}

/// x[o, ids[o, i, r], r] = values[o, i, r]; of several the last.
inline void scatter(Out<int64_t> bad, InOut<Any> x, StridedIn<Any> values, StridedIn<int64_t> ids_in,
                    int64_t from_end) {
  const int64_t length = x.shape(1), inner = x.shape(2), values_step = values.stride(2);
  if (!ids_in_range(bad, ids_in, from_end ? -length : 0, length)) return;
  const Ids ids(ids_in);
  with_element(x.view->dtype, [&](auto type) {
    using T = decltype(type);
    if (inner == 1)
      return for_lines(x.shape(0), values.shape(1), length, ids, [&](int64_t to, int64_t o, int64_t i) {
        elements<T>(x)[to] = elements<const T>(values)[o * values.stride(0) + i * values.stride(1)];
      });
    for_columns(x.shape(0), values.shape(1), inner, length, ids,
                [&](int64_t row, int64_t o, int64_t i, int64_t begin, int64_t end, const int64_t* id) {
                  const T* const from = elements<const T>(values) + o * values.stride(0) + i * values.stride(1);
                  for (int64_t r = begin; r < end; ++r) {
                    const int64_t place = place_of(id[ids.of_rows ? 0 : r * ids.inner_stride], length);
                    elements<T>(x)[(row + place) * inner + r] = from[r * values_step];
                  }
                });
  });
}

/// y = a where the condition holds, else b.
inline void where(Out<Any> y, StridedIn<uint8_t> condition, StridedIn<Any> a, StridedIn<Any> b) {
  const Walk<4> walk = merge_axes<4>({y.view, condition.view, a.view, b.view});
  const int inner = walk.ndim - 1;
  const int64_t condition_step = walk.strides[1][inner], a_step = walk.strides[2][inner];
  const int64_t b_step = walk.strides[3][inner];
  const auto repeated = [](int64_t step) { return step == 0 || step == 1; };
  const bool plain = condition_step == 1 && repeated(a_step) && repeated(b_step);
  with_element(a.view->dtype, [&](auto type) {
    using T = decltype(type);
    parallel(walk.size, chunk_elements, [&](int64_t begin, int64_t end) {
      for_spans(walk, begin, end, [&](const int64_t* offsets, int64_t count) {
        T* const to = elements<T>(y) + offsets[0];
        const uint8_t* const holds = condition.data() + offsets[1];
        const T *const from_a = elements<const T>(a) + offsets[2], *const from_b = elements<const T>(b) + offsets[3];
        const auto choose = [&](auto a_stride, auto b_stride) {  // constants: the loop becomes one of vectors
          for (int64_t i = 0; i < count; ++i) {
            const T yes = from_a[i * decltype(a_stride)::value], no = from_b[i * decltype(b_stride)::value];
            to[i] = holds[i] ? yes : no;
          }
        };
        if (plain && a_step && b_step)
          choose(Constant<1>{}, Constant<1>{});
        else if (plain && a_step)
          choose(Constant<1>{}, Constant<0>{});
        else if (plain && b_step)
          choose(Constant<0>{}, Constant<1>{});
        else
          for (int64_t i = 0; i < count; ++i)
            to[i] = holds[i * condition_step] ? from_a[i * a_step] : from_b[i * b_step];
      });
    });
  });
}

/// Matrices with zeros above the diagonal, or below it if `upper`; `diagonal` is how far right of the main one.
inline void triangle(Out<Any> y, In<Any> x, int64_t diagonal, int64_t upper) {
  const int64_t columns = x.shape(-1), rows = x.shape(-2), bytes = bytes_of(x.view->dtype);
  const int64_t shift = diagonal < -rows ? -rows : diagonal > columns ? columns : diagonal;  // a sum may not overflow
  parallel(columns > 0 ? x.size() / columns : 0, chunk_rows(columns), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t edge = row % rows + shift + !upper;  // the first column of the upper part
      const int64_t split = (edge < 0 ? 0 : edge < columns ? edge : columns) * bytes, width = columns * bytes;
      char* const to = y.view->data + row * width;
      const char* const from = x.view->data + row * width;
      if (upper) {
        __builtin_memset(to, 0, size_t(split));
        __builtin_memcpy(to + split, from + split, size_t(width - split));
      } else {
        __builtin_memcpy(to, from, size_t(split));
        __builtin_memset(to + split, 0, size_t(width - split));
      }
    }
  });
}

}  // namespace
}  // namespace mushin
