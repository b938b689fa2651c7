// Sums over lines, and what brings gradients back to them.
#pragma once
#include "copy.h"
#include "lines.h"

namespace mushin {
namespace {

/// y = scale * sum over the middle axis.
template <class T>
void reduce_sum(Out<T> y, In<T> x, double scale) {
  if (!y) return;
  sum_lines<T>(cut_of(x), x.data(), [&](int64_t line, double total) {
    put_one<T>(y.data() + line, T(total * double(T(scale))), y.accumulate());
  });
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

/// finish(line, total) for every line, where the total is that of the whole numbers value(x), modulo 2^64.
template <class From, class Value, class Finish>
inline void count_lines(const Cut& cut, const From* x, const Value& value, const Finish& finish) {
  uint64_t* const partial = static_cast<uint64_t*>(scratch(0, cut.lines() * cut.blocks * int64_t(sizeof(uint64_t))));
  cut.each([&](const Piece& piece) {
    uint64_t* const sums = partial + piece.place;
    for (int64_t j = 0; j < piece.columns; ++j) sums[j] = 0;
    const From* from = x + piece.from;
    if (cut.inner == 1) {
      uint64_t total = 0;
      for (int64_t r = 0; r < piece.rows; ++r) total += value(from[r]);
      sums[0] = total;
      return;
    }
    for (int64_t r = 0; r < piece.rows; ++r, from += cut.inner)
      for (int64_t j = 0; j < piece.columns; ++j) sums[j] += value(from[j]);
  });
  cut.each_line(cut.blocks, [&](int64_t line) {
    uint64_t total = 0;
    for (int64_t k = 0; k < cut.blocks; ++k) total += partial[cut.place(line, k)];
    finish(line, int64_t(total));
  });
}

/// count_lines of an array of any dtype.
template <class Value, class Finish>
inline void count_lines_of_any(In<Any> x, const Value& value, const Finish& finish) {
  with_type(x.view->dtype, [&](auto type) {
    using From = Stored<decltype(type)>;
    count_lines(Cut(x.shape(0), x.shape(1), x.shape(2)), reinterpret_cast<const From*>(x.view->data), value, finish);
  });
}

/// Sums of whole numbers, modulo 2^64; of truth values the number of those that hold.
inline void reduce_sum_of_integers(Out<int64_t> y, In<Any> x) {
  const bool truth = x.view->dtype == Dtype::bool8;
  count_lines_of_any(
      x, [truth](auto value) { return truth ? uint64_t(value != 0) : uint64_t(int64_t(value)); },
      [&](int64_t line, int64_t total) { y.data()[line] = total; });
}

/// How many elements are not zero; a NaN is not.
inline void reduce_count(Out<int64_t> y, In<Any> x) {
  count_lines_of_any(
      x, [](auto value) { return uint64_t(value != 0); }, [&](int64_t line, int64_t total) { y.data()[line] = total; });
}

/// Whether all elements are not zero, or any.
inline void reduce_truth(Out<bool> y, In<Any> x, int64_t all) {
  const int64_t least = all ? x.shape(1) : 1;
  count_lines_of_any(
      x, [](auto value) { return uint64_t(value != 0); },
      [&](int64_t line, int64_t total) { y.data()[line] = total >= least; });
}

/// The derivative of what picks k elements of each line: dx is zero but for dx[o, index[o, k, i], i] = dy[o, k, i].
template <class T>
void put_back(Out<T> dx, In<T> dy, In<int64_t> index, int64_t n) {
  if (!dx) return;
  const int64_t k = dy.shape(1), inner = dy.shape(2), strips = (inner + sum_block - 1) / sum_block;
  parallel(dy.shape(0) * strips, chunk_rows(n * smaller_of(inner, sum_block)), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t o = i / strips, column = i % strips * sum_block, columns = smaller_of(inner - column, sum_block);
      T* const to = dx.data() + o * n * inner + column;
      if (!dx.accumulate())
        for (int64_t row = 0; row < n; ++row)
          __builtin_memset(static_cast<void*>(to + row * inner), 0, size_t(columns) * sizeof(T));
      for (int64_t row = 0; row < k; ++row) {
        const int64_t from = (o * k + row) * inner + column;
        for (int64_t j = 0; j < columns; ++j) to[index.data()[from + j] * inner + j] += dy.data()[from + j];
      }
    }
  });
}

}  // namespace
}  // namespace mushin
