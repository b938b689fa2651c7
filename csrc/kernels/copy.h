// Copy with any strides, cast between dtypes, gather by rows.
#pragma once
#include <limits>
#include <type_traits>

#include "strided.h"

namespace mushin {
namespace {

/// Calls f(T{}) with the C++ type of a dtype.
template <class F>
inline void with_type(Dtype dtype, const F& f) {
  switch (dtype) {
    case Dtype::float32: return f(float{});
    case Dtype::float64: return f(double{});
    case Dtype::bool8: return f(bool{});
    case Dtype::uint8: return f(uint8_t{});
    case Dtype::int8: return f(int8_t{});
    case Dtype::int16: return f(int16_t{});
    case Dtype::uint16: return f(uint16_t{});
    case Dtype::int32: return f(int32_t{});
    case Dtype::uint32: return f(uint32_t{});
    case Dtype::int64: return f(int64_t{});
    case Dtype::uint64: return f(uint64_t{});
    case Dtype::any: return;
  }
}

/// An element as it lies in memory: a truth value may be any byte there.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

/// C's conversion, except where C leaves it undefined: a float that the integer type cannot hold, or NaN, becomes the
/// type's smallest value.
template <class To, class From>
inline To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr From low = From(std::numeric_limits<To>::min());
    constexpr From high = From(std::numeric_limits<To>::max() / 2 + 1) * From(2);
    return value >= low && value < high ? To(value) : std::numeric_limits<To>::min();
  } else {
    return To(value);
  }
}

inline int64_t bytes_of(Dtype dtype) {
  int64_t bytes = 0;
  with_type(dtype, [&](auto type) { bytes = sizeof type; });
  return bytes;
}

/// Calls f(T{}) with an unsigned integer as large as an element: what moves elements need not know more.
template <class F>
inline void with_element(Dtype dtype, const F& f) {
  switch (bytes_of(dtype)) {
    case 1: return f(uint8_t{});
    case 2: return f(uint16_t{});
    case 4: return f(uint32_t{});
    case 8: return f(uint64_t{});
  }
}

template <class T, class A>
inline T* elements(const A& array) {
  return reinterpret_cast<T*>(array.view->data);
}

/// Converts n elements, strides apart, and writes or adds them. All that is compiled for each pair of dtypes.
using Converter = void (*)(void* to, int64_t to_stride, const void* from, int64_t from_stride, int64_t n, bool adds);

template <class To, class From>
void convert_span(void* to_memory, int64_t to_stride, const void* from_memory, int64_t from_stride, int64_t n,
                  bool adds) {
  To* const to = static_cast<To*>(to_memory);
  const From* const from = static_cast<const From*>(from_memory);
  if (adds) {
    for (int64_t i = 0; i < n; ++i) to[i * to_stride] = To(to[i * to_stride] + convert<To>(from[i * from_stride]));
  } else if (to_stride == 1 && from_stride == 1) {
    for (int64_t i = 0; i < n; ++i) to[i] = convert<To>(from[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) to[i * to_stride] = convert<To>(from[i * from_stride]);
  }
}

inline Converter converter_of(Dtype to, Dtype from) {
  Converter converter = nullptr;
  with_type(to, [&](auto to_type) {
    using To = decltype(to_type);
    with_type(from == Dtype::bool8 ? Dtype::uint8 : from, [&](auto from_type) {
      if constexpr (!std::is_same_v<decltype(from_type), bool>) converter = convert_span<To, decltype(from_type)>;
    });
  });
  return converter;
}

constexpr int64_t copied_tile = 16;

/// The axis of a walk along which x lies in one piece while y does along the innermost, or -1: then both are gone
/// through in tiles, since an element of x would fetch a line of the cache each.
inline int transposed_axis(const Walk<2>& walk) {
  const int inner = walk.ndim - 1;
  if (walk.strides[0][inner] != 1 || walk.shape[inner] < copied_tile) return -1;
  for (int axis = 0; axis < inner; ++axis)
    if (walk.strides[1][axis] == 1 && walk.shape[axis] >= copied_tile) return axis;
  return -1;
}

/// y = x of one dtype, tile by tile: each is read along one axis and written along the other.
template <class T>
void copy_transposed(T* y, const T* x, const Walk<2>& walk, int axis) {
  const int inner = walk.ndim - 1;
  const int64_t columns = walk.shape[inner], rows = walk.shape[axis];
  const int64_t x_step = walk.strides[1][inner], y_step = walk.strides[0][axis];
  // Strips of some rows and all columns; the third operand is the number of a strip's first row.
  Walk<3> strips{walk.ndim, walk.size / (rows * columns) * ((rows + copied_tile - 1) / copied_tile), {}, {}};
  for (int each = 0; each < walk.ndim; ++each) {
    strips.shape[each] = walk.shape[each];
    for (int k = 0; k < 2; ++k) strips.strides[k][each] = walk.strides[k][each] * (each == axis ? copied_tile : 1);
  }
  strips.shape[inner] = 1;
  strips.shape[axis] = (rows + copied_tile - 1) / copied_tile;
  strips.strides[2][axis] = copied_tile;
  parallel(strips.size, chunk_rows(columns * copied_tile), [&](int64_t begin, int64_t end) {
    T tile[copied_tile][copied_tile];
    for_spans(strips, begin, end, [&](const int64_t* offsets, int64_t) {
      const int64_t height = rows - offsets[2] < copied_tile ? rows - offsets[2] : copied_tile;
      for (int64_t column = 0; column < columns; column += copied_tile) {
        const int64_t width = columns - column < copied_tile ? columns - column : copied_tile;
        for (int64_t j = 0; j < width; ++j)
          __builtin_memcpy(tile[j], x + offsets[1] + (column + j) * x_step, size_t(height) * sizeof(T));
        for (int64_t i = 0; i < height; ++i) {
          T* const to = y + offsets[0] + i * y_step + column;
          for (int64_t j = 0; j < width; ++j) to[j] = tile[j][i];
        }
      }
    });
  });
}

/// y = x, or y += x, cast to y's dtype.
inline void copy(StridedOut<Any> y, StridedIn<Any> x) {
  const Walk<2> walk = merge_axes<2>({y.view, x.view});
  const int64_t to_stride = walk.strides[0][walk.ndim - 1], from_stride = walk.strides[1][walk.ndim - 1];
  const bool adds = y.accumulate();
  const int transposed = y.view->dtype == x.view->dtype && !adds ? transposed_axis(walk) : -1;
  if (transposed >= 0)
    return with_element(y.view->dtype, [&](auto type) {
      copy_transposed(elements<decltype(type)>(y), elements<const decltype(type)>(x), walk, transposed);
    });
  const int64_t to_bytes = bytes_of(y.view->dtype), from_bytes = bytes_of(x.view->dtype);
  const bool as_it_is = y.view->dtype == x.view->dtype && to_stride == 1 && from_stride == 1 && !adds;
  // Only long spans go past the caches: the ends of short ones would be written in parts.
  const bool past_cache = as_it_is && (y.view->dtype == Dtype::float32 || y.view->dtype == Dtype::float64) &&
                          walk.shape[walk.ndim - 1] * to_bytes >= 1024 && walk.size * to_bytes >= bytes_past_cache;
  const Converter converter = converter_of(y.view->dtype, x.view->dtype);
  parallel(walk.size, chunk_elements, [&](int64_t begin, int64_t end) {
    for_spans(walk, begin, end, [&](const int64_t* offsets, int64_t count) {
      char* const to = y.view->data + offsets[0] * to_bytes;
      const char* const from = x.view->data + offsets[1] * from_bytes;
      if (past_cache)
        copy_past_cache<float>(reinterpret_cast<float*>(to), reinterpret_cast<const float*>(from),
                               count * to_bytes / int64_t(sizeof(float)));
      else if (as_it_is)
        __builtin_memcpy(to, from, size_t(count * to_bytes));
      else
        converter(to, to_stride, from, from_stride, count, adds);
    });
    if (past_cache) finish_stores_past_cache();
  });
}

/// y = value.
template <class T>
void fill(Out<T> y, double value) {
  if (!y) return;
  map_dense<T>(y.data(), y.accumulate(), y.size(), [value] { return broadcast(T(value)); });
}

/// Whether all ids lie in [low, high).
inline bool all_in_range(const Walk<1>& walk, const int64_t* ids, int64_t low, int64_t high) {
  const int64_t stride = walk.strides[0][walk.ndim - 1];
  const uint64_t length = high > low ? uint64_t(high) - uint64_t(low) : 0;
  bool is_one_outside = false;
  parallel(walk.size, chunk_elements, [&](int64_t begin, int64_t end) {
    for_spans(walk, begin, end, [&](const int64_t* offsets, int64_t count) {
      const int64_t* const from = ids + offsets[0];
      uint64_t outside = 0;
      for (int64_t i = 0; i < count; ++i) outside |= uint64_t(from[i * stride]) - uint64_t(low) >= length;
      if (outside) __atomic_store_n(&is_one_outside, true, __ATOMIC_RELAXED);
    });
  });
  return !is_one_outside;
}

/// Where an id lies outside [low, high), its place and value go to `bad` (else -1): the door makes the error.
/// `allowed` is one id outside of it that may stand there, if any. Repeated ids, of axes with stride 0, are looked at
/// once.
template <class Ids>
inline bool ids_in_range(Out<int64_t> bad, Ids ids, int64_t low, int64_t high, const int64_t* allowed = nullptr) {
  int64_t* const report = bad.data();
  report[0] = -1;
  View once = *ids.view;
  for (int axis = 0; axis < once.ndim; ++axis)
    if (once.strides[axis] == 0 && once.shape[axis] > 0) once.shape[axis] = 1;
  const Walk<1> walk = merge_axes<1>({&once});
  if (walk.size == 0 || all_in_range(walk, ids.data(), low, high)) return true;
  const int64_t stride = walk.strides[0][walk.ndim - 1];
  int64_t position = 0;
  for_spans(walk, 0, walk.size, [&](const int64_t* offsets, int64_t count) {
    for (int64_t i = 0; i < count && report[0] < 0; ++i) {
      const int64_t id = ids.data()[offsets[0] + i * stride];
      if ((id >= low && id < high) || (allowed && id == *allowed)) continue;
      report[0] = position + i;
      report[1] = id;
      report[2] = low;
      report[3] = high;
    }
    position += count;
  });
  return report[0] < 0;
}

/// y[i] = table[ids[i]], row by row, cast to y's dtype.
inline void gather_rows(Out<int64_t> bad, Out<Any> y, In<Any> table, In<int64_t> ids) {
  if (!ids_in_range(bad, ids, 0, table.shape(0))) return;
  const int64_t rows = ids.size(), width = rows > 0 ? y.size() / rows : 0;
  const Converter converter = converter_of(y.view->dtype, table.view->dtype);
  const int64_t to_bytes = width * bytes_of(y.view->dtype), from_bytes = width * bytes_of(table.view->dtype);
  parallel(rows, chunk_rows(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      converter(y.view->data + row * to_bytes, 1, table.view->data + ids.data()[row] * from_bytes, 1, width,
                y.accumulate());
  });
}

/// table[ids[i]] += dy[i]; a row's contributions are added in the order of i.
template <class T>
inline void scatter_add_rows(Out<int64_t> bad, Out<T> dtable, In<T> dy, In<int64_t> ids, int64_t) {
  if (!dtable || !ids_in_range(bad, ids, 0, dtable.shape(0))) return;
  const int64_t vocabulary = dtable.shape(0), rows = ids.size();
  const int64_t width = vocabulary > 0 ? dtable.size() / vocabulary : 0;
  // Each chunk owns a range of columns, so that no two threads add to the same element.
  parallel(width, 4 * lanes<T>, [&](int64_t begin, int64_t end) {
    if (!dtable.accumulate())
      for (int64_t row = 0; row < vocabulary; ++row)
        for (int64_t i = begin; i < end; ++i) dtable.data()[row * width + i] = T(0);
    for (int64_t row = 0; row < rows; ++row) {
      T* to = dtable.data() + ids.data()[row] * width;
      const T* from = dy.data() + row * width;
      for (int64_t i = begin; i < end; ++i) to[i] += from[i];
    }
  });
}

}  // namespace
}  // namespace mushin
