// A row or a few, past which the rows of b stream: each is read once, in the order in which it lies in memory.
#pragma once
#include "tile.h"

namespace mushin {
namespace {

constexpr int most_streamed_rows = 4;
/// Columns of a piece of so many rows at most: its sums, 16 KB of floats, stay in the first-level cache, and long rows
/// of b are read whole.
constexpr int64_t stream_columns(int64_t rows) { return 4096 / rows / 64 * 64; }

/// sums[r][j] += sum over K rows of b of a[r, k] b[k, j], k in order.
template <class T, int R, int K>
inline void stream_rows(int64_t columns, Matrix<const T> a, Matrix<const T> b, T (&sums)[R][stream_columns(R)]) {
  Vector<T> factors[R][K];
  for (int r = 0; r < R; ++r)
    for (int i = 0; i < K; ++i) factors[r][i] = broadcast(*a.at(r, i));
  for (int64_t j = 0; j < columns; j += lanes<T>) {
    const int64_t count = columns - j < lanes<T> ? columns - j : lanes<T>;
    Vector<T> b_rows[K];
#pragma GCC unroll 4
    for (int i = 0; i < K; ++i) b_rows[i] = load_some<T>(b.at(i, j), count);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      Vector<T> sum = load<T>(sums[r] + j);
#pragma GCC unroll 4
      for (int i = 0; i < K; ++i) sum = fma(factors[r][i], b_rows[i], sum);
      store<T>(sums[r] + j, sum);
    }
  }
}

/// R rows of c, at most stream_columns(R) of its columns: the sums of blocks of `block` of k are added.
template <class T, int R>
inline void compute_stream(int64_t columns, int64_t k, int64_t block, Matrix<const T> a, Matrix<const T> b, Matrix<T> c,
                           bool add) {
  constexpr int together = 4;  // rows of b
  alignas(64) T total[R][stream_columns(R)], sums[R][stream_columns(R)];
  const size_t touched = size_t((columns + lanes<T> - 1) / lanes<T> * lanes<T>) * sizeof(T);
  for (int64_t begin = 0; begin == 0 || begin < k; begin += block) {
    const int64_t end = k - begin < block ? k : begin + block;
    for (T* const sum : sums) __builtin_memset(static_cast<void*>(sum), 0, touched);
    int64_t i = begin;
    for (; i + together <= end; i += together) stream_rows<T, R, together>(columns, a.from(0, i), b.from(i, 0), sums);
    for (; i < end; ++i) stream_rows<T, R, 1>(columns, a.from(0, i), b.from(i, 0), sums);
    for (int r = 0; r < R; ++r)
      for (int64_t j = 0; j < columns; j += lanes<T>) {
        const Vector<T> sum = load<T>(sums[r] + j);
        store<T>(total[r] + j, begin == 0 ? sum : load<T>(total[r] + j) + sum);
      }
  }
  for (int r = 0; r < R; ++r)
    for (int64_t j = 0; j < columns; j += lanes<T>)
      put_first<T>(c.at(r, j), load<T>(total[r] + j), columns - j < lanes<T> ? columns - j : lanes<T>, add);
}

/// As many rows as there are, at most R.
template <class T, int R = most_streamed_rows>
inline void compute_some_stream(int64_t rows, int64_t columns, int64_t k, int64_t block, Matrix<const T> a,
                                Matrix<const T> b, Matrix<T> c, bool add) {
  if (rows == R) {
    compute_stream<T, R>(columns, k, block, a, b, c, add);
  } else {
    if constexpr (R > 1) compute_some_stream<T, R - 1>(rows, columns, k, block, a, b, c, add);
  }
}

}  // namespace
}  // namespace mushin
