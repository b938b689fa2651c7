// The largest and smallest numbers of lines, and where they are first; products.
#pragma once
#include <limits>

#include "reduce.h"

namespace mushin {
namespace {

/// The largest number or the smallest, or those of the absolute values; a NaN is further than any.
template <class T, bool smallest, bool magnitude = false>
struct Extreme {
  static constexpr bool has_place = true;
  static constexpr T start = smallest ? std::numeric_limits<T>::infinity() : -std::numeric_limits<T>::infinity();

  template <class V>
  static V of(V x) {
    if constexpr (magnitude) return x < V{} ? -x : x;
    return x;
  }
  template <class V>
  static V step(V best, V x) {
    if constexpr (smallest) return x != x ? x : V(x < best ? x : best);
    return maximum(x, best);
  }
  static bool beats(T x, T best) { return (smallest ? x < best : x > best) || (x != x && best == best); }
};

/// The product, or that of the numbers that are not zero.
template <class T, bool without_zeros>
struct Multiplied {
  static constexpr bool has_place = false;
  static constexpr T start = 1;

  template <class V>
  static V of(V x) {
    if constexpr (without_zeros) return x == V{} ? V{} + T(1) : x;
    return x;
  }
  template <class V>
  static V step(V best, V x) {
    return best * x;
  }
};

/// The lanes taken together: the upper half with the lower, until one is left.
template <class Fold, class T, int bytes = vector_bytes>
inline T fold_lanes(typename PartOf<T, bytes>::type vector) {
  if constexpr (bytes == sizeof(T)) {
    return vector[0];
  } else {
    typename PartOf<T, bytes / 2>::type half[2];
    __builtin_memcpy(half, &vector, sizeof vector);
    return fold_lanes<Fold, T, bytes / 2>(Fold::step(half[0], half[1]));
  }
}

template <class Fold, class T>
inline T fold_contiguous(const T* x, int64_t n) {
  constexpr int together = 4;
  Vector<T> best[together];
  for (Vector<T>& each : best) each = broadcast(Fold::start);
  int64_t i = 0;
  if (n <= lanes<T>) return fold_lanes<Fold, T>(first_of<T>(Fold::of(load_some<T>(x, n)), n, Fold::start));
  for (; i + together * lanes<T> <= n; i += together * lanes<T>)
#pragma GCC unroll 4
    for (int k = 0; k < together; ++k) best[k] = Fold::step(best[k], Fold::of(load<T>(x + i + k * lanes<T>)));
  for (; i < n; i += lanes<T>) {
    const int64_t count = n - i < lanes<T> ? n - i : lanes<T>;
    best[0] = Fold::step(best[0], first_of<T>(Fold::of(load_some<T>(x + i, count)), count, Fold::start));
  }
  return fold_lanes<Fold, T>(Fold::step(Fold::step(best[0], best[1]), Fold::step(best[2], best[3])));
}

/// best[j] of column j of some rows that are `width` apart.
template <class Fold, class T>
inline void fold_rows(T* best, const T* x, int64_t rows, int64_t width, int64_t columns) {
  constexpr int together = 4;
  for (int64_t j = 0; j < columns; ++j) best[j] = Fold::start;
  for (int64_t r = 0; r < rows; r += together) {
    const int64_t end = r + together < rows ? r + together : rows;
    for (int64_t j = 0; j < columns; j += lanes<T>) {
      const int64_t count = columns - j < lanes<T> ? columns - j : lanes<T>;
      Vector<T> own = load_some<T>(best + j, count);
      for (int64_t k = r; k < end; ++k) own = Fold::step(own, Fold::of(load_some<T>(x + k * width + j, count)));
      store_some<T>(best + j, own, count);
    }
  }
}

/// Where `value` is first; the first NaN if it is one.
template <class T>
inline int64_t place_of(T value, const T* x, int64_t n) {
  constexpr int together = 4;
  const bool is_nan = value != value;
  const auto found = [&](int64_t i) {
    const Vector<T> from = load<T>(x + i);
    return is_nan ? from != from : from == value;
  };
  int64_t i = 0;
  if (n <= together * lanes<T>) {  // without a jump that nobody can foresee
    int64_t first = 0;
    for (i = n - 1; i >= 0; --i) first = (is_nan ? x[i] != x[i] : x[i] == value) ? i : first;
    return first;
  }
  for (; i + together * lanes<T> <= n; i += together * lanes<T>)
    if (any((found(i) | found(i + lanes<T>)) | (found(i + 2 * lanes<T>) | found(i + 3 * lanes<T>)))) break;
  while (i < n && !(is_nan ? x[i] != x[i] : x[i] == value)) ++i;
  return i < n ? i : 0;
}

/// places[j] = the row in which column j first has best[j].
template <class T>
inline void places_in_rows(int64_t* places, const T* best, const T* x, int64_t rows, int64_t width, int64_t columns) {
  using Number = Integer<T>;
  Number found[sum_block] = {};
  for (int64_t r = rows - 1; r >= 0; --r)
    for (int64_t j = 0; j < columns; j += lanes<T>) {
      const int64_t count = columns - j < lanes<T> ? columns - j : lanes<T>;
      const Vector<T> value = load_some<T>(x + r * width + j, count), wanted = load_some<T>(best + j, count);
      const auto here = (value == wanted) | ((value != value) & (wanted != wanted));
      store<Number>(found + j, here ? Vector<Number>{} + Number(r) : load<Number>(found + j));
    }
  for (int64_t j = 0; j < columns; ++j) places[j] = found[j];
}

/// y = the fold of each line, and if wanted index = where the line first has it.
template <class Fold, class T>
inline void fold_lines(const Cut& cut, const T* x, T* y, int64_t* index = nullptr) {
  const bool parts = cut.blocks > 1;
  const int64_t results = cut.lines() * cut.blocks;
  char* const memory = parts ? static_cast<char*>(scratch(0, results * int64_t(sizeof(int64_t) + sizeof(T)))) : nullptr;
  int64_t* const places = parts ? reinterpret_cast<int64_t*>(memory) : index;
  T* const values = parts ? reinterpret_cast<T*>(memory + results * int64_t(sizeof(int64_t))) : y;
  cut.each([&](const Piece& piece) {
    const T* const from = x + piece.from;
    T* const value = values + piece.place;
    if (cut.inner == 1) {
      *value = fold_contiguous<Fold, T>(from, piece.rows);
      if (index) places[piece.place] = place_of<T>(*value, from, piece.rows);
    } else {
      fold_rows<Fold, T>(value, from, piece.rows, cut.inner, piece.columns);
      if (index) places_in_rows<T>(places + piece.place, value, from, piece.rows, cut.inner, piece.columns);
    }
  });
  if (!parts) return;
  cut.each_line(cut.blocks, [&](int64_t line) {
    T best = values[cut.place(line, 0)];
    int64_t block = 0;
    for (int64_t k = 1; k < cut.blocks; ++k) {
      const T value = values[cut.place(line, k)];
      if constexpr (Fold::has_place) {
        if (Fold::beats(value, best)) best = value, block = k;
      } else {
        best = Fold::step(best, value);
      }
    }
    y[line] = best;
    if (index) index[line] = block * cut.rows + places[cut.place(line, block)];
  });
}

/// The largest or smallest whole number of each line and, if wanted, where it is first.
template <bool smallest, class T>
inline void extreme_integers(const Cut& cut, const T* x, T* y, int64_t* index) {
  cut.each_line(cut.n, [&](int64_t line) {
    const T* const from = x + cut.begin_of(line);
    int64_t best = 0;
    for (int64_t k = 1; k < cut.n; ++k)
      if (smallest ? from[k * cut.inner] < from[best * cut.inner] : from[k * cut.inner] > from[best * cut.inner])
        best = k;
    y[line] = cut.n > 0 ? from[best * cut.inner] : T(0);
    if (index) index[line] = best;
  });
}

template <bool smallest>
inline void extremes(Out<Any> y, int64_t* index, In<Any> x) {
  const Cut cut(x.shape(0), x.shape(1), x.shape(2));
  with_type(x.view->dtype, [&](auto type) {
    using T = Stored<decltype(type)>;
    const T* const from = reinterpret_cast<const T*>(x.view->data);
    T* const to = reinterpret_cast<T*>(y.view->data);
    if constexpr (std::is_floating_point_v<T>)
      fold_lines<Extreme<T, smallest>, T>(cut, from, to, index);
    else
      extreme_integers<smallest, T>(cut, from, to, index);
  });
}

/// y = max over the middle axis (of nothing: -infinity), index = where it is first; a NaN counts as the largest.
inline void reduce_max(Out<Any> y, Out<int64_t> index, In<Any> x) { extremes<false>(y, index.data(), x); }

/// y = min over the middle axis (of nothing: infinity), index = where it is first; a NaN counts as the smallest.
inline void reduce_min(Out<Any> y, Out<int64_t> index, In<Any> x) { extremes<true>(y, index.data(), x); }

/// y = max or min over the middle axis, without its place.
inline void reduce_extreme(Out<Any> y, In<Any> x, int64_t smallest) {
  smallest ? extremes<true>(y, nullptr, x) : extremes<false>(y, nullptr, x);
}

/// The derivative of reduce_extreme: elements that equal y, or are NaN as it is, share dy.
template <class T>
void share_among_equals(Out<T> dx, In<T> dy, In<T> x, In<T> y) {
  if (!dx) return;
  const Cut cut = cut_of(x);
  T* const share = numbers_of_lines<T>(cut, 1);
  const auto equal = [](Vector<T> value, Vector<T> wanted) {
    return (value == wanted) | ((value != value) & (wanted != wanted));
  };
  const auto one = [&](Vector<T> value, const auto& number) {
    return equal(value, number()) ? broadcast(T(1)) : Vector<T>{};
  };
  total_lines<T>(cut, x.data(), y.data(), one,
                 [&](int64_t line, double count) { share[line] = dy.data()[line] / T(count); });
  map_lines<T>(dx, x, y.data(), share, [&](Vector<T> value, Vector<T> wanted, Vector<T> part) {
    return equal(value, wanted) ? part : Vector<T>{};
  });
}

/// y = the product over the middle axis.
template <class T>
void prod_forward(Out<T> y, In<T> x) {
  fold_lines<Multiplied<T, false>, T>(cut_of(x), x.data(), y.data());
}

/// dx = dy times the product of a line's other elements: where one is zero, only it has a derivative; where two are,
/// none has.
template <class T>
void prod_backward(Out<T> dx, In<T> dy, In<T> x) {
  if (!dx) return;
  const Cut cut = cut_of(x);
  T* const zeros = numbers_of_lines<T>(cut, 1);
  T* const product = numbers_of_lines<T>(cut, 2);
  fold_lines<Multiplied<T, true>, T>(cut, x.data(), product);
  const auto is_zero = [](Vector<T> value, const auto&) { return value == T(0) ? broadcast(T(1)) : Vector<T>{}; };
  const T* const no_numbers = nullptr;
  total_lines<T>(cut, x.data(), no_numbers, is_zero, [&](int64_t line, double count) { zeros[line] = T(count); });
  cut.each_line(1, [&](int64_t line) { product[line] = zeros[line] > T(1) ? T(0) : product[line] * dy.data()[line]; });
  map_lines<T>(dx, x, zeros, product, [](Vector<T> value, Vector<T> zeros, Vector<T> product) {
    const Vector<T> others = value == T(0) ? product : Vector<T>{};
    return zeros == T(0) ? product / value : others;
  });
}

}  // namespace
}  // namespace mushin
