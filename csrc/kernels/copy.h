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

template <class To, class From>
inline void copy_dense(To* to, const From* from, int64_t n, [[maybe_unused]] bool past_cache) {
  if constexpr (std::is_floating_point_v<To> && std::is_same_v<To, From>)
    if (past_cache) return copy_past_cache<To>(to, from, n);
  __builtin_memcpy(static_cast<void*>(to), from, size_t(n) * sizeof(To));
}

/// y = x, or y += x, cast to y's dtype.
inline void copy(StridedOut<Any> y, StridedIn<Any> x) {
  const Walk<2> walk = merge_axes<2>({y.view, x.view});
  const int64_t to_stride = walk.strides[0][walk.ndim - 1], from_stride = walk.strides[1][walk.ndim - 1];
  const bool accumulate = y.accumulate();
  // Only long spans go past the caches: the ends of short ones would be written in parts.
  const int64_t itemsize = bytes_of(y.view->dtype);
  const bool past_cache = walk.shape[walk.ndim - 1] * itemsize >= 1024 && walk.size * itemsize >= bytes_past_cache;
  with_type(y.view->dtype, [&](auto to_type) {
    with_type(x.view->dtype, [&](auto from_type) {
      using To = decltype(to_type);
      using From = Stored<decltype(from_type)>;
      To* const to_data = reinterpret_cast<To*>(y.view->data);
      const From* const from_data = reinterpret_cast<const From*>(x.view->data);
      parallel(walk.size, chunk_elements, [&](int64_t begin, int64_t end) {
        for_spans(walk, begin, end, [&](const int64_t* offsets, int64_t count) {
          To* to = to_data + offsets[0];
          const From* from = from_data + offsets[1];
          if (std::is_same_v<decltype(to_type), decltype(from_type)> && to_stride == 1 && from_stride == 1 &&
              !accumulate)
            copy_dense(to, from, count, past_cache);
          else if (accumulate)
            for (int64_t i = 0; i < count; ++i)
              to[i * to_stride] = To(to[i * to_stride] + convert<To>(from[i * from_stride]));
          else
            for (int64_t i = 0; i < count; ++i) to[i * to_stride] = convert<To>(from[i * from_stride]);
        });
        if (past_cache) finish_stores_past_cache();
      });
    });
  });
}

/// y = value.
template <class T>
void fill(Out<T> y, double value) {
  if (!y) return;
  map_dense<T>(y.data(), y.accumulate(), y.size(), [value] { return broadcast(T(value)); });
}

constexpr int64_t none_allowed = std::numeric_limits<int64_t>::min();

/// Where an id lies outside [low, high), its place and value go to `bad` (else -1): the door makes the error.
/// `allowed` is one id outside of it that may stand there.
inline bool ids_in_range(Out<int64_t> bad, In<int64_t> ids, int64_t low, int64_t high, int64_t allowed) {
  int64_t* const report = bad.data();
  report[0] = -1;
  const int64_t n = ids.size();
  for (int64_t i = 0; i < n && report[0] < 0; ++i) {
    const int64_t id = ids.data()[i];
    if ((id < low || id >= high) && id != allowed) {
      report[0] = i;
      report[1] = id;
      report[2] = low;
      report[3] = high;
    }
  }
  return report[0] < 0;
}

/// y[i] = table[ids[i]], row by row, cast to y's dtype.
inline void gather_rows(Out<int64_t> bad, Out<Any> y, In<Any> table, In<int64_t> ids) {
  if (!ids_in_range(bad, ids, 0, table.shape(0), none_allowed)) return;
  const int64_t rows = ids.size(), width = rows > 0 ? y.size() / rows : 0;
  with_type(y.view->dtype, [&](auto to_type) {
    with_type(table.view->dtype, [&](auto from_type) {
      using To = decltype(to_type);
      using From = Stored<decltype(from_type)>;
      parallel(rows, chunk_rows(width), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          To* to = reinterpret_cast<To*>(y.view->data) + row * width;
          const From* from = reinterpret_cast<const From*>(table.view->data) + ids.data()[row] * width;
          for (int64_t i = 0; i < width; ++i) to[i] = convert<To>(from[i]);
        }
      });
    });
  });
}

/// table[ids[i]] += dy[i]; a row's contributions are added in the order of i.
template <class T>
inline void scatter_add_rows(Out<int64_t> bad, Out<T> dtable, In<T> dy, In<int64_t> ids, int64_t) {
  if (!dtable || !ids_in_range(bad, ids, 0, dtable.shape(0), none_allowed)) return;
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
