// Few rows of an a and a b that both lie along k, as in a layer's forward pass with a small batch: nothing is packed, a
// tile of the product is R x C dot products, each in a vector of its own.
#pragma once
#include "../reduce.h"
#include "tile.h"

namespace mushin {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int dot_rows = 4, dot_columns = 6;
#else
constexpr int dot_rows = 2, dot_columns = 4;
#endif

template <class T, int R, int C>
inline void compute_dots(int64_t k, Matrix<const T> a, Matrix<const T> b, Matrix<T> c, bool add) {
  Vector<T> acc[R][C] = {};
  const auto multiply = [&](const auto& load_at) {
    Vector<T> a_part[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) a_part[r] = load_at(a.at(r, 0));
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) {
      const Vector<T> b_part = load_at(b.at(0, j));
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) acc[r][j] = fma(a_part[r], b_part, acc[r][j]);
    }
  };
  int64_t i = 0;
  for (; i + lanes<T> <= k; i += lanes<T>) multiply([i](const T* from) { return load<T>(from + i); });
  if (i < k) multiply([i, k](const T* from) { return load_first<T>(from + i, k - i); });

  constexpr int groups = (R * C + lanes<T> - 1) / lanes<T>;
  Vector<T> each[groups][lanes<T>] = {};
  __builtin_memcpy(each, acc, sizeof acc);
  T sums[groups * lanes<T>];
#pragma GCC unroll 16
  for (int group = 0; group < groups; ++group) store<T>(sums + group * lanes<T>, sum_lanes_of_each<T>(each[group]));
  for (int r = 0; r < R; ++r)
    for (int j = 0; j < C; ++j) put_one<T>(c.at(r, j), sums[r * C + j], add);
}

/// As many rows and columns as there are, at most R and C.
template <class T, int R = dot_rows, int C = dot_columns>
inline void compute_some_dots(int64_t rows, int64_t columns, int64_t k, Matrix<const T> a, Matrix<const T> b,
                              Matrix<T> c, bool add) {
  if (rows == R && columns == C) {
    compute_dots<T, R, C>(k, a, b, c, add);
  } else if (rows < R) {
    if constexpr (R > 1) compute_some_dots<T, R - 1, C>(rows, columns, k, a, b, c, add);
  } else {
    if constexpr (C > 1) compute_some_dots<T, R, C - 1>(rows, columns, k, a, b, c, add);
  }
}

}  // namespace
}  // namespace mushin
