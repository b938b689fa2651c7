// Order within rows: sorting, the first k, the kth; and ids as rows that are 1 at one place.
//
// Numbers of every type become unsigned keys of the same order, where all NaNs are one key, the largest, and both zeros
// are one. Keys are sorted with their places, stably, in ascending order; a descending one is that of inverted keys.
#pragma once
#include "copy.h"

namespace mushin {
namespace {

struct Keyed {
  uint64_t key;
  int64_t place;
};

/// The key of a number, of 8 sizeof(T) bits.
template <class T>
inline uint64_t key_of(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    constexpr Bits sign = Bits(1) << (8 * sizeof(T) - 1);
    if (value != value) return Bits(~Bits(0));
    const T plain = value == T(0) ? T(0) : value;
    Bits bits;
    __builtin_memcpy(&bits, &plain, sizeof bits);
    return Bits(bits & sign ? ~bits : bits | sign);
  } else {
    using Bits = std::make_unsigned_t<T>;
    return Bits(Bits(value) ^ (std::is_signed_v<T> ? Bits(1) << (8 * sizeof(T) - 1) : Bits(0)));
  }
}

/// Sorts runs that are short enough to be sorted by insertion, then merges neighbours; returns where the result is.
inline Keyed* merge_sort(Keyed* items, Keyed* other, int64_t n) {
  constexpr int64_t run = 16;
  for (int64_t begin = 0; begin < n; begin += run)
    for (int64_t i = begin + 1; i < begin + run && i < n; ++i) {
      const Keyed item = items[i];
      int64_t to = i;
      for (; to > begin && items[to - 1].key > item.key; --to) items[to] = items[to - 1];
      items[to] = item;
    }
  for (int64_t width = run; width < n; width *= 2) {
    for (int64_t begin = 0; begin < n; begin += 2 * width) {
      const int64_t middle = begin + width < n ? begin + width : n, end = begin + 2 * width < n ? begin + 2 * width : n;
      int64_t a = begin, b = middle;
      for (int64_t to = begin; to < end; ++to) {
        const bool first = a < middle && (b >= end || items[a].key <= items[b].key);
        other[to] = first ? items[a] : items[b];
        first ? ++a : ++b;
      }
    }
    Keyed* const sorted = other;
    other = items;
    items = sorted;
  }
  return items;
}

/// Distributes by one byte after another, from the lowest; bytes that all keys share are passed over.
inline Keyed* radix_sort(Keyed* items, Keyed* other, int64_t n, int bytes) {
  for (int shift = 0; shift < 8 * bytes; shift += 8) {
    int64_t begins[256] = {};
    for (int64_t i = 0; i < n; ++i) ++begins[items[i].key >> shift & 255];
    if (begins[items[0].key >> shift & 255] == n) continue;
    int64_t sum = 0;
    for (int64_t& begin : begins) {
      const int64_t count = begin;
      begin = sum;
      sum += count;
    }
    for (int64_t i = 0; i < n; ++i) other[begins[items[i].key >> shift & 255]++] = items[i];
    Keyed* const sorted = other;
    other = items;
    items = sorted;
  }
  return items;
}

inline Keyed* sort_keyed(Keyed* items, Keyed* other, int64_t n, int bytes) {
  return n < 1024 ? merge_sort(items, other, n) : radix_sort(items, other, n, bytes);
}

/// Moves to the front, in their order, the items that may be among the first k by the highest 12 bits of their keys;
/// returns how many.
inline int64_t keep_first(Keyed* items, int64_t n, int64_t k, int bytes) {
  constexpr int bits = 12, most = 1 << bits;
  if (bytes < 2 || n < most || k > n / 2) return n;
  const int shift = 8 * bytes - bits;
  int64_t counts[most] = {};
  for (int64_t i = 0; i < n; ++i) ++counts[items[i].key >> shift];
  uint64_t last = 0;
  for (int64_t sum = counts[0]; sum < k; sum += counts[last]) ++last;
  int64_t kept = 0;
  for (int64_t i = 0; i < n; ++i)
    if (items[i].key >> shift <= last) items[kept++] = items[i];
  return kept;
}

/// Calls f(row, items, row's elements) with the first k items of every row in order.
template <class T, class F>
inline void for_sorted_rows(In<Any> x, int64_t k, bool descending, const F& f) {
  const int64_t rows = x.shape(0), n = x.shape(1);
  parallel(rows, chunk_rows(16 * n), [&](int64_t begin, int64_t end) {
    Keyed* const items = static_cast<Keyed*>(scratch(0, 2 * n * int64_t(sizeof(Keyed))));
    constexpr uint64_t ones = ~uint64_t(0) >> (64 - 8 * sizeof(T));
    for (int64_t row = begin; row < end; ++row) {
      const T* const from = reinterpret_cast<const T*>(x.view->data) + row * n;
      for (int64_t i = 0; i < n; ++i) items[i] = {descending ? key_of(from[i]) ^ ones : key_of(from[i]), i};
      const int64_t kept = keep_first(items, n, k, sizeof(T));
      f(row, sort_keyed(items, items + n, kept, sizeof(T)), from);
    }
  });
}

/// The first k of each row in ascending or descending order, equal ones in the row's order, and their places. A NaN is
/// larger than all numbers.
inline void sort(Out<Any> values, Out<int64_t> index, In<Any> x, int64_t k, int64_t descending) {
  if (k == 0) return;
  with_type(x.view->dtype, [&](auto type) {
    using T = Stored<decltype(type)>;
    for_sorted_rows<T>(x, k, descending != 0, [&](int64_t row, const Keyed* items, const T* from) {
      T* const to = reinterpret_cast<T*>(values.view->data) + row * k;
      for (int64_t i = 0; i < k; ++i) {
        to[i] = from[items[i].place];
        index.data()[row * k + i] = items[i].place;
      }
    });
  });
}

/// The kth smallest of each row, from 1 on, and its place; if `nan_first`, the first NaN of a row that has one.
inline void kth_value(Out<Any> values, Out<int64_t> index, In<Any> x, int64_t k, int64_t nan_first) {
  const int64_t n = x.shape(1);
  with_type(x.view->dtype, [&](auto type) {
    using T = Stored<decltype(type)>;
    for_sorted_rows<T>(x, k, false, [&](int64_t row, const Keyed* items, const T* from) {
      int64_t place = items[k - 1].place;
      for (int64_t i = 0; nan_first && i < n; ++i)
        if (from[i] != from[i]) {
          place = i;
          break;
        }
      reinterpret_cast<T*>(values.view->data)[row] = from[place];
      index.data()[row] = place;
    });
  });
}

/// y[i] = 1 at the place that id i names, 0 elsewhere.
inline void one_hot(Out<int64_t> bad, Out<int64_t> y, In<int64_t> tensor, int64_t n) {
  if (!ids_in_range(bad, tensor, 0, n, none_allowed)) return;
  parallel(tensor.size(), chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < n; ++j) y.data()[i * n + j] = j == tensor.data()[i];
  });
}

}  // namespace
}  // namespace mushin
