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

/// Distributes by one byte after another, from the lowest; bytes that all keys share are passed over. A single row's
/// parts are counted and distributed by several threads.
inline Keyed* radix_sort(Keyed* items, Keyed* other, int64_t n, int bytes) {
  constexpr int64_t part = 4 * chunk_elements;
  const int64_t parts = (n + part - 1) / part;
  // [part][byte]: how many items have it, then where the next of them goes.
  auto* const places = static_cast<int64_t (*)[256]>(scratch(1, parts * int64_t(sizeof(int64_t[256]))));
  for (int shift = 0; shift < 8 * bytes; shift += 8) {
    const auto byte_of = [=](const Keyed& item) { return item.key >> shift & 255; };
    parallel(n, part, [=](int64_t begin, int64_t end) {
      int64_t* const counts = places[begin / part];
      __builtin_memset(counts, 0, sizeof places[0]);
      for (int64_t i = begin; i < end; ++i) ++counts[byte_of(items[i])];
    });
    int64_t sum = 0;
    bool all_share_one = false;
    for (int byte = 0; byte < 256; ++byte) {
      const int64_t first = sum;
      for (int64_t p = 0; p < parts; ++p) {
        const int64_t count = places[p][byte];
        places[p][byte] = sum;
        sum += count;
      }
      all_share_one = all_share_one || sum - first == n;
    }
    if (all_share_one) continue;
    parallel(n, part, [=](int64_t begin, int64_t end) {
      int64_t* const place = places[begin / part];
      for (int64_t i = begin; i < end; ++i) other[place[byte_of(items[i])]++] = items[i];
    });
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

constexpr int64_t most_inserted = 32;

/// Brings the first k to the front, in order: each is inserted among those found so far.
inline void insert_first(Keyed* items, int64_t n, int64_t k) {
  for (int64_t i = 1; i < n; ++i) {
    const Keyed item = items[i];
    if (i >= k && item.key >= items[k - 1].key) continue;
    int64_t to = i < k ? i : k - 1;
    for (; to > 0 && items[to - 1].key > item.key; --to) items[to] = items[to - 1];
    items[to] = item;
  }
}

/// The keys of a row's numbers, inverted bit by bit for a descending order.
inline void keys_of_row(Keyed* items, In<Any> x, int64_t row, bool descending) {
  const int64_t n = x.shape(1);
  with_type(x.view->dtype, [&](auto type) {
    using T = Stored<decltype(type)>;
    const T* const from = reinterpret_cast<const T*>(x.view->data) + row * n;
    const uint64_t inversion = descending ? ~uint64_t(0) >> (64 - 8 * sizeof(T)) : 0;
    parallel(n, chunk_elements, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) items[i] = {key_of(from[i]) ^ inversion, i};
    });
  });
}

/// Calls f(row, items) with all of a row's items as they lie, and g(row, items) with the first k in order.
template <class F, class G>
inline void for_sorted_rows(In<Any> x, int64_t k, bool descending, const F& f, const G& g) {
  const int64_t rows = x.shape(0), n = x.shape(1);
  const int bytes = int(bytes_of(x.view->dtype));
  parallel(rows, chunk_rows(16 * n), [&](int64_t begin, int64_t end) {
    Keyed* const items = static_cast<Keyed*>(scratch(0, 2 * n * int64_t(sizeof(Keyed))));
    for (int64_t row = begin; row < end; ++row) {
      keys_of_row(items, x, row, descending);
      f(row, items);
      if (k <= most_inserted && k <= n / 4) {
        insert_first(items, n, k);
        g(row, items);
      } else {
        const int64_t kept = keep_first(items, n, k, bytes);
        g(row, sort_keyed(items, items + n, kept, bytes));
      }
    }
  });
}

/// values[row * k + i] = x[row, place of item i], of so many bytes.
template <class Bits>
inline void pick(Out<Any> values, Out<int64_t> index, In<Any> x, int64_t row, const Keyed* items, int64_t k) {
  const Bits* const from = reinterpret_cast<const Bits*>(x.view->data) + row * x.shape(1);
  Bits* const to = reinterpret_cast<Bits*>(values.view->data) + row * k;
  int64_t* const places = index.data() + row * k;
  parallel(k, chunk_elements, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      to[i] = from[items[i].place];
      places[i] = items[i].place;
    }
  });
}

inline void pick_of_any(Out<Any> values, Out<int64_t> index, In<Any> x, int64_t row, const Keyed* items, int64_t k) {
  switch (bytes_of(x.view->dtype)) {
    case 1: return pick<uint8_t>(values, index, x, row, items, k);
    case 2: return pick<uint16_t>(values, index, x, row, items, k);
    case 4: return pick<uint32_t>(values, index, x, row, items, k);
    default: return pick<uint64_t>(values, index, x, row, items, k);
  }
}

/// The first k of each row in ascending or descending order, equal ones in the row's order, and their places. A NaN is
/// larger than all numbers.
inline void sort(Out<Any> values, Out<int64_t> index, In<Any> x, int64_t k, int64_t descending) {
  if (k == 0) return;
  for_sorted_rows(
      x, k, descending != 0, [](int64_t, const Keyed*) {},
      [&](int64_t row, const Keyed* items) { pick_of_any(values, index, x, row, items, k); });
}

/// The kth smallest of each row, from 1 on, and its place; if `nan_first`, the first NaN of a row that has one.
inline void kth_value(Out<Any> values, Out<int64_t> index, In<Any> x, int64_t k, int64_t nan_first) {
  const Dtype dtype = x.view->dtype;
  const bool looks_for_nan = nan_first && (dtype == Dtype::float32 || dtype == Dtype::float64);
  const uint64_t nan = dtype == Dtype::float32 ? key_of(__builtin_nanf("")) : key_of(__builtin_nan(""));
  const auto note_nan = [&](int64_t row, const Keyed* items) {
    int64_t& place = index.data()[row];
    place = -1;
    for (int64_t i = 0; looks_for_nan && place < 0 && i < x.shape(1); ++i)
      if (items[i].key == nan) place = i;
  };
  for_sorted_rows(x, k, false, note_nan, [&](int64_t row, const Keyed* items) {
    const int64_t place = index.data()[row];
    const Keyed chosen = place < 0 ? items[k - 1] : Keyed{nan, place};
    pick_of_any(values, index, x, row, &chosen, 1);
  });
}

/// How many elements of each row's ascending sequence are less than a value or, if `right`, not greater. The two are of
/// one dtype; a NaN is larger than all numbers.
inline void searchsorted(Out<int64_t> index, In<Any> sequence, In<Any> values, int64_t right) {
  const int64_t n = sequence.shape(1), m = values.shape(1);
  with_type(sequence.view->dtype, [&](auto type) {
    using T = Stored<decltype(type)>;
    parallel(values.size(), chunk_rows(16), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* const from = reinterpret_cast<const T*>(sequence.view->data) + i / m * n;
        const uint64_t wanted = key_of(reinterpret_cast<const T*>(values.view->data)[i]);
        int64_t low = 0, high = n;
        while (low < high) {
          const int64_t middle = low + (high - low) / 2;
          const uint64_t key = key_of(from[middle]);
          if (right ? key <= wanted : key < wanted)
            low = middle + 1;
          else
            high = middle;
        }
        index.data()[i] = low;
      }
    });
  });
}

/// y[i] = 1 at the place that id i names, 0 elsewhere.
inline void one_hot(Out<int64_t> bad, Out<int64_t> y, In<int64_t> tensor, int64_t n) {
  if (!ids_in_range(bad, tensor, 0, n)) return;
  parallel(tensor.size(), chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < n; ++j) y.data()[i * n + j] = j == tensor.data()[i];
  });
}

}  // namespace
}  // namespace mushin
