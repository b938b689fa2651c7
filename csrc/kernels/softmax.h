// Softmax over the last axis, and what softmax and cross-entropy share.
#pragma once
#include <limits>

#include "../core/machine.h"
#include "../simd/math.h"
#include "reduce.h"

namespace mushin {
namespace {

/// The largest of a row's numbers. NaN does not count: the row's exponentials will show it.
template <class T>
inline T row_max(const T* x, int64_t n) {
  constexpr int together = 4;
  const T least = -std::numeric_limits<T>::infinity();
  Vector<T> largest[together] = {broadcast(least), broadcast(least), broadcast(least), broadcast(least)};
  int64_t i = 0;
  for (; i + together * lanes<T> <= n; i += together * lanes<T>)
#pragma GCC unroll 4
    for (int k = 0; k < together; ++k) largest[k] = larger(load<T>(x + i + k * lanes<T>), largest[k]);
  for (; i < n; i += lanes<T>) {
    const int64_t count = n - i < lanes<T> ? n - i : lanes<T>;
    largest[0] = larger(first_of<T>(load_some<T>(x + i, count), count, least), largest[0]);
  }
  return max_lanes<T>(larger(larger(largest[0], largest[1]), larger(largest[2], largest[3])));
}

/// Sum of exp(x - shift), each term handed to `keep` on the way. The next row comes in meanwhile: its maximum, which
/// is found faster than memory can be read, would wait for it.
template <class T, class Keep>
inline T sum_of_exp(const T* x, int64_t n, T shift, const Keep& keep) {
  return T(sum_of_vectors<T>(n, [&](int64_t i, int64_t count) {
    prefetch(x + n + i);
    const Vector<T> term = first_of<T>(math::exp<T>(load_some<T>(x + i, count) - shift), count);
    keep(i, count, term);
    return term;
  }));
}

/// A row's largest value, made finite so that x - shift is never infinity - infinity.
template <class T>
inline T row_shift(const T* x, int64_t n) {
  const T largest = row_max<T>(x, n);
  return largest == -std::numeric_limits<T>::infinity() ? T(0) : largest;
}

/// log sum exp(x) = shift + log_sum. The parts stay apart: in large logits the sum would lose the logarithm.
template <class T>
struct LogSumExp {
  T shift, log_sum;

  static LogSumExp of_row(const T* x, int64_t n) {
    const T shift = row_shift<T>(x, n);
    const T sum = sum_of_exp<T>(x, n, shift, [](int64_t, int64_t, Vector<T>) {});
    return {shift, math::log<T>(broadcast(sum))[0]};
  }
  /// -log softmax.
  template <class V>
  V surprise(V x) const {
    return (shift - x) + log_sum;
  }
  Vector<T> softmax(Vector<T> x) const { return math::exp<T>((x - shift) - log_sum); }
};

/// y = exp(x - max) / sum.
template <class T>
inline void softmax_rows(T* y, const T* x, int64_t rows, int64_t n) {
  for (int64_t row = 0; row < rows; ++row, x += n, y += n) {
    const T sum = sum_of_exp<T>(x, n, row_shift<T>(x, n),
                                [y](int64_t i, int64_t count, Vector<T> term) { store_some<T>(y + i, term, count); });
    const T inverse = T(1) / sum;
    map_span<T, Writing::plain>(y, 0, n, [inverse](Vector<T> term) { return term * inverse; }, y);
  }
}

/// The same past the caches: the exponentials wait for their sum in one of two rows' memory, and go out in bursts
/// between those of the next row, so that memory is read and written while there is arithmetic.
template <class T>
inline void softmax_rows_past_cache(T* y, const T* x, int64_t rows, int64_t n) {
  T* const waiting = static_cast<T*>(scratch(0, 2 * n * int64_t(sizeof(T))));
  T inverse = T(0);
  const auto terms_of = [=](int64_t row) { return waiting + row % 2 * n; };
  const auto write = [&](int64_t row, int64_t begin, int64_t end) {
    const auto scaled = [inverse](Vector<T> term) { return term * inverse; };
    map_span<T, Writing::past_cache>(y + row * n, begin, end < n ? end : n, scaled, terms_of(row));
  };
  for (int64_t row = 0; row < rows; ++row) {
    const T* const from = x + row * n;
    T* const terms = terms_of(row);
    const T sum = sum_of_exp<T>(from, n, row_shift<T>(from, n), [&](int64_t i, int64_t count, Vector<T> term) {
      if (i % burst == 0 && row > 0) write(row - 1, i, i + burst);
      store_some<T>(terms + i, term, count);
    });
    inverse = T(1) / sum;
  }
  write(rows - 1, 0, n);
  finish_stores_past_cache();
}

template <class T>
void softmax_forward(Out<T> y, In<T> x) {
  const int64_t n = x.shape(-1), rows = n > 0 ? x.size() / n : 0;
  const bool past_cache = writing_of<T>(y.size(), false) == Writing::past_cache &&
                          4 * n * int64_t(sizeof(T)) <= second_level_cache();  // or two rows could not wait there
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    const auto of_rows = past_cache ? softmax_rows_past_cache<T> : softmax_rows<T>;
    of_rows(y.data() + begin * n, x.data() + begin * n, end - begin, n);
  });
}

/// dx = y (dy - sum of dy y).
template <class T>
void softmax_backward(Out<T> dx, In<T> dy, In<T> y) {
  if (!dx) return;
  const int64_t n = y.shape(-1), rows = n > 0 ? y.size() / n : 0;
  const Writing writing = writing_of<T>(dx.size(), dx.accumulate());
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    with_writing(writing, [&](auto constant) {
      for (int64_t row = begin; row < end; ++row) {
        const T *const y_row = y.data() + row * n, *const dy_row = dy.data() + row * n;
        const T sum = T(sum_of_vectors<T>(n, [&](int64_t i, int64_t count) {
          return load_some<T>(y_row + i, count) * load_some<T>(dy_row + i, count);
        }));
        const auto gradient = [sum](Vector<T> y, Vector<T> dy) { return y * (dy - sum); };
        map_span<T, decltype(constant)::value>(dx.data() + row * n, 0, n, gradient, y_row, dy_row);
      }
    });
  });
}

/// y = x - log sum exp(x).
template <class T>
void log_softmax_forward(Out<T> y, In<T> x) {
  const int64_t n = x.shape(-1), rows = n > 0 ? x.size() / n : 0;
  const Writing writing = writing_of<T>(y.size(), false);
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    with_writing(writing, [&](auto constant) {
      for (int64_t row = begin; row < end; ++row) {
        const T* const from = x.data() + row * n;
        const auto log_sum_exp = LogSumExp<T>::of_row(from, n);
        const auto value = [=](Vector<T> x) { return -log_sum_exp.surprise(x); };
        map_span<T, decltype(constant)::value>(y.data() + row * n, 0, n, value, from);
      }
    });
  });
}

/// dx = dy - exp(y) (sum of dy).
template <class T>
void log_softmax_backward(Out<T> dx, In<T> dy, In<T> y) {
  if (!dx) return;
  const int64_t n = y.shape(-1), rows = n > 0 ? y.size() / n : 0;
  const Writing writing = writing_of<T>(dx.size(), dx.accumulate());
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    with_writing(writing, [&](auto constant) {
      for (int64_t row = begin; row < end; ++row) {
        const T *const y_row = y.data() + row * n, *const dy_row = dy.data() + row * n;
        const T sum = T(sum_contiguous<T>(dy_row, n));
        const auto gradient = [sum](Vector<T> y, Vector<T> dy) { return dy - math::exp<T>(y) * sum; };
        map_span<T, decltype(constant)::value>(dx.data() + row * n, 0, n, gradient, y_row, dy_row);
      }
    });
  });
}

}  // namespace
}  // namespace mushin
