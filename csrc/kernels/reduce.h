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
void spread(Out<T> dx, In<T> dy, int64_t, double scale) {
  if (!dx) return;
  const bool rows = dx.shape(2) == 1;
  const int64_t width = dx.shape(rows ? 1 : 2);
  each_span<T>(dx, [&](auto constant, int64_t span, int64_t first, int64_t last, int64_t line) {
    constexpr Writing way = decltype(constant)::value;
    T* const to = dx.data() + span * width;
    const Vector<T> own = broadcast(T(scale) * dy.data()[line]);
    if (rows)
      map_span<T, way>(to, first, last, [own] { return own; });
    else
      map_span<T, way>(to, first, last, [scale](Vector<T> value) { return T(scale) * value; }, dy.data() + line);
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

/// Sums of whole numbers, modulo 2^64; of truth values the number of those that hold.
inline void reduce_sum_of_integers(Out<int64_t> y, In<Any> x) {
  const bool truth = x.view->dtype == Dtype::bool8;
  with_type(x.view->dtype, [&](auto type) {
    using From = Stored<decltype(type)>;
    if constexpr (!std::is_floating_point_v<From>)
      count_lines(
          Cut(x.shape(0), x.shape(1), x.shape(2)), reinterpret_cast<const From*>(x.view->data),
          [truth](From value) { return truth ? uint64_t(value != 0) : uint64_t(int64_t(value)); },
          [&](int64_t line, int64_t total) { y.data()[line] = total; });
  });
}

/// counts[line] = how many elements are not zero, where a NaN is not; or truths[line] = whether they are at least so
/// many.
inline void count_not_zero(int64_t* counts, bool* truths, int64_t least, In<Any> x) {
  with_type(x.view->dtype, [&](auto type) {
    using From = Stored<decltype(type)>;
    count_lines(
        Cut(x.shape(0), x.shape(1), x.shape(2)), reinterpret_cast<const From*>(x.view->data),
        [](From value) { return uint64_t(value != 0); },
        [&](int64_t line, int64_t total) {
          if (counts)
            counts[line] = total;
          else
            truths[line] = total >= least;
        });
  });
}

/// How many elements are not zero.
inline void reduce_count(Out<int64_t> y, In<Any> x) { count_not_zero(y.data(), nullptr, 0, x); }

/// Whether all elements are not zero, or any.
inline void reduce_truth(Out<bool> y, In<Any> x, int64_t all) {
  count_not_zero(nullptr, y.data(), all ? x.shape(1) : 1, x);
}

/// The derivative of what picks k different elements of each line: dx is zero but for dx[o, index[o, k, i], i] =
/// dy[o, k, i].
template <class T>
void put_back(Out<T> dx, In<T> dy, In<int64_t> index, int64_t n) {
  if (!dx) return;
  const int64_t k = dy.shape(1), inner = dy.shape(2);
  if (!dx.accumulate()) map_dense<T>(dx.data(), false, dx.size(), [] { return Vector<T>{}; });
  parallel(dy.shape(0) * k, chunk_rows(inner), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      T* const to = dx.data() + row / k * n * inner;
      for (int64_t j = 0; j < inner; ++j) to[index.data()[row * inner + j] * inner + j] += dy.data()[row * inner + j];
    }
  });
}

}  // namespace
}  // namespace mushin
