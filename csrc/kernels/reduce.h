// Reductions over the middle axis of (outer, n, inner): every reduction over adjacent axes is one of these.
#pragma once
#include <limits>

#include "map.h"

namespace mushin {
namespace {

// Rows are added in blocks of this many, blocks into doubles: the error grows with the block, not with n.
constexpr int64_t sum_block = 256;

/// Sum of contiguous numbers: four vector accumulators a block, blocks in order.
template <class T>
inline double sum_contiguous(const T* x, int64_t n) {
  constexpr int64_t block = sum_block * 4;
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += block) {
    const int64_t end = begin + block < n ? begin + block : n;
    Vector<T> partial[4] = {};
    int64_t i = begin;
    for (; i + 4 * lanes<T> <= end; i += 4 * lanes<T>)
      for (int k = 0; k < 4; ++k) partial[k] += load<T>(x + i + k * lanes<T>);
    for (int k = 0; i < end; i += lanes<T>, ++k)
      partial[k] += end - i < lanes<T> ? load_first<T>(x + i, end - i) : load<T>(x + i);
    total += double(sum_lanes<T>((partial[0] + partial[1]) + (partial[2] + partial[3])));
  }
  return total;
}

/// The sum of vectors: f(i, count) gives that of the elements [i, i + count), zeros behind them. In blocks, as above;
/// `count` is a constant for all but the last vector, whose loop is compiled apart.
template <class T, class F>
inline double sum_of_vectors(int64_t n, const F& f) {
  constexpr int64_t block = sum_block * 4;
  constexpr int together = 4;
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += block) {
    const int64_t end = begin + block < n ? begin + block : n;
    Vector<T> partial[together] = {};
    int64_t i = begin;
    for (; i + together * lanes<T> <= end; i += together * lanes<T>)
#pragma GCC unroll 4
      for (int k = 0; k < together; ++k) partial[k] += f(i + k * lanes<T>, int64_t(lanes<T>));
    for (; i + lanes<T> <= end; i += lanes<T>) partial[0] += f(i, int64_t(lanes<T>));
    if (i < end) partial[1] += f(i, end - i);
    total += double(sum_lanes<T>((partial[0] + partial[1]) + (partial[2] + partial[3])));
  }
  return total;
}

template <class T>
inline void put_one(T* to, T value, bool accumulate) {
  *to = accumulate ? *to + value : value;
}

/// y[o] = scale * sum over n of x[o, n]: rows are contiguous; a single long row is shared in fixed pieces.
template <class T>
inline void sum_rows(Out<T> y, In<T> x, int64_t outer, int64_t n, T scale) {
  constexpr int64_t piece = chunk_elements;
  const int64_t pieces = n > 0 ? (n + piece - 1) / piece : 1;
  if (pieces == 1 || outer > 64) {
    parallel(outer, chunk_rows(n), [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o)
        put_one<T>(y.data() + o, T(sum_contiguous<T>(x.data() + o * n, n) * double(scale)), y.accumulate());
    });
    return;
  }
  double* const partial = static_cast<double*>(scratch(0, outer * pieces * int64_t(sizeof(double))));
  parallel(outer * pieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t o = i / pieces, first = (i % pieces) * piece;
      partial[i] = sum_contiguous<T>(x.data() + o * n + first, n - first < piece ? n - first : piece);
    }
  });
  for (int64_t o = 0; o < outer; ++o) {
    double total = 0;
    for (int64_t i = 0; i < pieces; ++i) total += partial[o * pieces + i];
    put_one<T>(y.data() + o, T(total * double(scale)), y.accumulate());
  }
}

/// sums[j] += the sum of `rows` rows of x, `width` apart; they are read as they lie in memory.
template <class T>
inline void add_rows(T* sums, const T* x, int64_t rows, int64_t width, int64_t columns) {
  constexpr int together = 4;
  int64_t r = 0;
  for (; r + together <= rows; r += together, x += together * width)
    for (int64_t j = 0; j < columns; j += lanes<T>) {
      const int64_t count = columns - j < lanes<T> ? columns - j : lanes<T>;
      Vector<T> row[together];
#pragma GCC unroll 4
      for (int k = 0; k < together; ++k) row[k] = load_some<T>(x + k * width + j, count);
      add_some<T>(sums + j, (row[0] + row[1]) + (row[2] + row[3]), count);
    }
  for (; r < rows; ++r, x += width)
    for (int64_t j = 0; j < columns; j += lanes<T>) {
      const int64_t count = columns - j < lanes<T> ? columns - j : lanes<T>;
      add_some<T>(sums + j, load_some<T>(x + j, count), count);
    }
}

/// y[o, i] = scale * sum over k of partial[o, k, i], added into doubles in order.
template <class T>
inline void sum_partial_rows(T* y, bool accumulate, const T* partial, int64_t outer, int64_t count, int64_t inner,
                             T scale) {
  parallel(outer * inner, chunk_rows(count), [&](int64_t begin, int64_t end) {
    for (int64_t place = begin; place < end; ++place) {
      const T* const column = partial + place / inner * count * inner + place % inner;
      double total = 0;
      for (int64_t k = 0; k < count; ++k) total += double(column[k * inner]);
      put_one<T>(y + place, T(total * double(scale)), accumulate);
    }
  });
}

/// y[o, i] = scale * sum over n of x[o, n, i]: pieces of sum_block rows by sum_block columns. Where several pieces lie
/// below one another, their sums wait to be added into doubles.
template <class T>
inline void sum_columns(Out<T> y, In<T> x, int64_t outer, int64_t n, int64_t inner, T scale) {
  const int64_t blocks = n > 0 ? (n + sum_block - 1) / sum_block : 1, strips = (inner + sum_block - 1) / sum_block;
  T* const partial = blocks > 1 ? static_cast<T*>(scratch(0, outer * blocks * inner * int64_t(sizeof(T)))) : nullptr;
  const int64_t work = (n < sum_block ? n : sum_block) * (inner < sum_block ? inner : sum_block);
  parallel(outer * blocks * strips, 1 + chunk_elements / (work + 1), [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) {
      const int64_t column = piece % strips * sum_block, row = piece / strips % blocks * sum_block;
      const int64_t o = piece / strips / blocks;
      const int64_t columns = inner - column < sum_block ? inner - column : sum_block;
      T own[sum_block];
      T* const sums = partial ? partial + piece / strips * inner + column : own;
      __builtin_memset(static_cast<void*>(sums), 0, size_t(columns) * sizeof(T));
      add_rows<T>(sums, x.data() + (o * n + row) * inner + column, n - row < sum_block ? n - row : sum_block, inner,
                  columns);
      if (!partial)
        for (int64_t i = 0; i < columns; ++i)
          put_one<T>(y.data() + o * inner + column + i, T(double(own[i]) * double(scale)), y.accumulate());
    }
  });
  if (partial) sum_partial_rows<T>(y.data(), y.accumulate(), partial, outer, blocks, inner, scale);
}

/// y = scale * sum over the middle axis.
template <class T>
void reduce_sum(Out<T> y, In<T> x, double scale) {
  if (!y) return;
  const int64_t outer = x.shape(0), n = x.shape(1), inner = x.shape(2);
  if (inner == 1)
    sum_rows<T>(y, x, outer, n, T(scale));
  else
    sum_columns<T>(y, x, outer, n, inner, T(scale));
}

/// The derivative of reduce_sum: dx[o, n, i] = scale * dy[o, i].
template <class T>
void spread(Out<T> dx, In<T> dy, int64_t n, double scale) {
  if (!dx) return;
  const int64_t inner = dy.shape(1);
  parallel(dy.shape(0) * n, chunk_rows(inner), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      for (int64_t i = 0; i < inner; ++i)
        put_one<T>(dx.data() + row * inner + i, T(scale) * dy.data()[row / n * inner + i], dx.accumulate());
  });
}

/// y = max over the middle axis (of nothing: -infinity), index = where it is first; a NaN counts as the largest.
template <class T>
void reduce_max(Out<T> y, Out<int64_t> index, In<T> x) {
  const int64_t outer = x.shape(0), n = x.shape(1), inner = x.shape(2);
  parallel(outer * inner, chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const T* const from = x.data() + k / inner * n * inner + k % inner;
      int64_t best = 0;
      for (int64_t i = 1; i < n; ++i) {
        const T value = from[i * inner], largest = from[best * inner];
        if (value > largest || (value != value && largest == largest)) best = i;
      }
      y.data()[k] = n > 0 ? from[best * inner] : -std::numeric_limits<T>::infinity();
      index.data()[k] = best;
    }
  });
}

/// The derivative of reduce_max: all of dy[o, i] goes to the place of the maximum.
template <class T>
void reduce_max_backward(Out<T> dx, In<T> dy, In<int64_t> index, int64_t n) {
  if (!dx) return;
  const int64_t inner = dy.shape(1);
  parallel(dy.shape(0) * n, chunk_rows(inner), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      for (int64_t i = 0; i < inner; ++i) {
        const int64_t k = row / n * inner + i;
        put_one<T>(dx.data() + row * inner + i, index.data()[k] == row % n ? dy.data()[k] : T(0), dx.accumulate());
      }
  });
}

}  // namespace
}  // namespace mushin
