// Cumulative sums and products along lines.
#pragma once
#include "reduce.h"

namespace mushin {
namespace {

struct Adding {
  static constexpr int start = 0;
  template <class Total>
  static Total step(Total total, Total x) {
    return total + x;
  }
};

struct Multiplying {
  static constexpr int start = 1;
  template <class Total>
  static Total step(Total total, Total x) {
    return total * x;
  }
};

/// Pieces of whole lines or, if there are few, of parts of them.
inline Cut cut_for_scan(int64_t outer, int64_t n, int64_t inner) {
  const int64_t strips = (inner + sum_block - 1) / sum_block, width = smaller_of(inner, sum_block);
  return {outer, n, inner, outer * strips > 8 ? n : chunk_elements / (width > 0 ? width : 1)};
}

/// Takes the elements of a piece's lines together, the last one first if `reverse`: totals[j] of line j, of which
/// put(place, total) hears after each element.
template <class Step, class Total, class From, class Put>
inline void scan_piece(const Cut& cut, const Piece& piece, const From* x, bool reverse, Total* totals, const Put& put) {
  const int64_t step = reverse ? -cut.inner : cut.inner;
  int64_t at = piece.from + (reverse ? (piece.rows - 1) * cut.inner : 0);
  if (piece.columns == 1) {
    Total total = totals[0];
    for (int64_t r = 0; r < piece.rows; ++r, at += step) put(at, total = Step::step(total, Total(x[at])));
    totals[0] = total;
    return;
  }
  for (int64_t r = 0; r < piece.rows; ++r, at += step)
    for (int64_t j = 0; j < piece.columns; ++j) put(at + j, totals[j] = Step::step(totals[j], Total(x[at + j])));
}

/// y[k] = the elements of x's line up to k taken together, or from k on if `reverse`. Parts of a line begin with what
/// those before them come to.
template <class Step, class Total, class To, class From>
inline void scan_lines(const Cut& cut, To* y, bool accumulate, const From* x, bool reverse) {
  Total* const partial =
      cut.blocks > 1 ? static_cast<Total*>(scratch(0, cut.lines() * cut.blocks * int64_t(sizeof(Total)))) : nullptr;
  if (partial) {
    cut.each([&](const Piece& piece) {
      Total* const totals = partial + piece.place;
      for (int64_t j = 0; j < piece.columns; ++j) totals[j] = Total(Step::start);
      scan_piece<Step, Total>(cut, piece, x, false, totals, [](int64_t, Total) {});
    });
    cut.each_line(cut.blocks, [&](int64_t line) {
      Total before = Total(Step::start);
      for (int64_t k = 0; k < cut.blocks; ++k) {
        Total& total = partial[cut.place(line, reverse ? cut.blocks - 1 - k : k)];
        const Total own = total;
        total = before;
        before = Step::step(before, own);
      }
    });
  }
  cut.each([&](const Piece& piece) {
    Total totals[sum_block];
    for (int64_t j = 0; j < piece.columns; ++j) totals[j] = partial ? partial[piece.place + j] : Total(Step::start);
    scan_piece<Step, Total>(cut, piece, x, reverse, totals,
                            [&](int64_t place, Total total) { put_one<To>(y + place, To(total), accumulate); });
  });
}

/// y[k] = the sum of x up to k or, if `reverse`, from k on: the derivative of the former. Added up in doubles.
template <class T>
void cumsum(Out<T> y, In<T> x, int64_t reverse) {
  if (!y) return;
  const Cut cut = cut_for_scan(x.shape(0), x.shape(1), x.shape(2));
  scan_lines<Adding, double, T, T>(cut, y.data(), y.accumulate(), x.data(), reverse != 0);
}

/// y[k] = the sum of whole numbers up to k, modulo 2^64.
inline void cumsum_of_integers(Out<int64_t> y, In<Any> x) {
  with_type(x.view->dtype, [&](auto type) {
    using From = Stored<decltype(type)>;
    const From* const from = reinterpret_cast<const From*>(x.view->data);
    const Cut cut = cut_for_scan(x.shape(0), x.shape(1), x.shape(2));
    scan_lines<Adding, uint64_t, int64_t, From>(cut, y.data(), false, from, false);
  });
}

/// y[k] = the product of x up to k, multiplied in doubles. Lines stay whole: the product of a part may be infinite
/// where what stands before it is zero.
template <class T>
void cumprod_forward(Out<T> y, In<T> x) {
  const Cut cut(x.shape(0), x.shape(1), x.shape(2), x.shape(1));
  scan_lines<Multiplying, double, T, T>(cut, y.data(), false, x.data(), false);
}

/// dx[k] = y[k - 1] s[k] with s[k] = dy[k] + x[k + 1] s[k + 1]: no division, so that zeros are nothing special.
template <class T>
void cumprod_backward(Out<T> dx, In<T> dy, In<T> x, In<T> y) {
  if (!dx) return;
  const int64_t outer = x.shape(0), n = x.shape(1), inner = x.shape(2);
  Cut(outer, n, inner, n).each([&](const Piece& piece) {
    double sums[sum_block] = {};
    for (int64_t r = n - 1; r >= 0; --r) {
      const int64_t at = piece.from + r * inner;
      for (int64_t j = 0; j < piece.columns; ++j) {
        const double later = r + 1 < n ? double(x.data()[at + inner + j]) * sums[j] : 0;
        sums[j] = double(dy.data()[at + j]) + later;
        const double before = r > 0 ? double(y.data()[at - inner + j]) : 1;
        put_one<T>(dx.data() + at + j, T(before * sums[j]), dx.accumulate());
      }
    }
  });
}

/// y[k] = the largest or smallest of x up to k, and where it is: of equals the last one. A NaN goes before all numbers.
inline void cumulative_extreme(Out<Any> y, Out<int64_t> index, In<Any> x, int64_t smallest) {
  const int64_t n = x.shape(1), inner = x.shape(2);
  with_type(x.view->dtype, [&](auto type) {
    using T = Stored<decltype(type)>;
    const T* const from = reinterpret_cast<const T*>(x.view->data);
    T* const to = reinterpret_cast<T*>(y.view->data);
    Cut(x.shape(0), n, inner, n).each([&](const Piece& piece) {
      int64_t best[sum_block] = {};
      for (int64_t r = 0; r < n; ++r)
        for (int64_t j = 0; j < piece.columns; ++j) {
          const int64_t at = piece.from + r * inner + j;
          const T value = from[at], before = from[piece.from + best[j] * inner + j];
          if (value != value || (before == before && (smallest ? value <= before : value >= before))) best[j] = r;
          to[at] = best[j] == r ? value : before;
          index.data()[at] = best[j];
        }
    });
  });
}

}  // namespace
}  // namespace mushin
