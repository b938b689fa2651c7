// Lines: what a reduction takes together, the middle axis of (outer, n, inner). Every reduction over adjacent axes is
// one over lines. Here is how lines are cut into pieces that threads share, how the numbers of a line are added up, and
// how a line is written from numbers of its own.
#pragma once
#include <limits>

#include "map.h"

namespace mushin {
namespace {

// Rows are added in blocks of this many, blocks into doubles: the error grows with the block, not with n.
constexpr int64_t sum_block = 256;

inline int64_t smaller_of(int64_t a, int64_t b) { return a < b ? a : b; }

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

/// Whether a sum of n powers may have left T's range on its way: what is beyond it is infinite, what is below it zero.
template <class T>
inline bool left_range(double sum, int64_t n) {
  using Limits = std::numeric_limits<T>;
  return __builtin_isinf(sum) || sum < double(n) * double(Limits::min() / Limits::epsilon());
}

/// (size(0)^p + ...)^(1 / p) of n sizes whose powers leave their type's range, by their ratios to the largest one, or
/// to the smallest if p is negative.
template <class F>
inline double norm_of_ratios(int64_t n, double p, const F& size) {
  double furthest = p > 0 ? 0 : std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < n; ++i)
    if (p > 0 ? size(i) > furthest : size(i) < furthest) furthest = size(i);
  if (furthest == 0 || __builtin_isinf(furthest)) return furthest;
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += __builtin_pow(size(i) / furthest, p);
  return furthest * __builtin_pow(sum, 1 / p);
}

template <class T>
inline void put_one(T* to, T value, bool accumulate) {
  *to = accumulate ? *to + value : value;
}

/// A part of the lines o, column to o, column + columns: their elements [row, row + rows).
struct Piece {
  int64_t outer, row, rows, column, columns;
  int64_t from;   // where in x it begins
  int64_t line;   // the first line
  int64_t place;  // of the first line's result among (outer, blocks, inner)
};

/// Lines in pieces of fixed size. Where inner is 1, a piece is a run of memory: a whole line or, if there are few, a
/// part of one. Otherwise it is sum_block rows by sum_block columns, which are read as they lie in memory.
struct Cut {
  int64_t outer, n, inner, rows, blocks, strips;

  Cut(int64_t outer, int64_t n, int64_t inner)
      : Cut(outer, n, inner,
            inner > 1    ? sum_block
            : outer > 64 ? n
                         : chunk_elements) {}
  Cut(int64_t outer, int64_t n, int64_t inner, int64_t rows)
      : outer(outer),
        n(n),
        inner(inner),
        rows(rows > 0 ? rows : 1),
        blocks(n > 0 ? (n + this->rows - 1) / this->rows : 1),
        strips((inner + sum_block - 1) / sum_block) {}

  int64_t lines() const { return outer * inner; }
  /// Where in x a line begins; its elements are `inner` apart.
  int64_t begin_of(int64_t line) const { return line / inner * n * inner + line % inner; }

  /// Calls f(piece) for all of them.
  template <class F>
  void each(const F& f) const {
    const int64_t work = smaller_of(n, rows) * smaller_of(inner, sum_block);
    parallel(outer * blocks * strips, 1 + chunk_elements / (work + 1), [&](int64_t begin, int64_t end) {
      const bool whole = blocks == 1 && strips == 1;  // many short lines have no time for divisions
      for (int64_t i = begin; i < end; ++i) {
        const int64_t column = whole ? 0 : i % strips * sum_block, block = whole ? 0 : i / strips % blocks;
        const int64_t o = whole ? i : i / strips / blocks, row = block * rows;
        f(Piece{o, row, smaller_of(n - row, rows), column, smaller_of(inner - column, sum_block),
                (o * n + row) * inner + column, o * inner + column, (o * blocks + block) * inner + column});
      }
    });
  }

  /// Calls f(line) for all of them, and many together.
  template <class F>
  void each_line(int64_t work, const F& f) const {
    parallel(lines(), chunk_rows(work), [&](int64_t begin, int64_t end) {
      for (int64_t line = begin; line < end; ++line) f(line);
    });
  }

  /// A piece's place in (outer, blocks, inner) for block k of a line.
  int64_t place(int64_t line, int64_t k) const {
    return blocks == 1 ? line : (line / inner * blocks + k) * inner + line % inner;
  }
};

template <class T>
inline Cut cut_of(In<T> x) {
  return {x.shape(0), x.shape(1), x.shape(2)};
}

/// finish(line, total) for contiguous lines, of which sum(line, first, count) adds up a part.
template <class Sum, class Finish>
inline void total_rows(const Cut& cut, const Sum& sum, const Finish& finish) {
  double* const partial =
      cut.blocks > 1 ? static_cast<double*>(scratch(0, cut.outer * cut.blocks * int64_t(sizeof(double)))) : nullptr;
  cut.each([&](const Piece& piece) {
    const double total = sum(piece.line, piece.row, piece.rows);
    if (partial)
      partial[piece.place] = total;
    else
      finish(piece.line, total);
  });
  if (!partial) return;
  for (int64_t line = 0; line < cut.outer; ++line) {
    double total = 0;
    for (int64_t k = 0; k < cut.blocks; ++k) total += partial[line * cut.blocks + k];
    finish(line, total);
  }
}

/// sums[j] += the sum of term(x, number of column j) over `rows` rows of x, `width` apart.
template <class T, class Term>
inline void add_rows(T* sums, const T* x, int64_t rows, int64_t width, int64_t columns, const T* numbers,
                     const Term& term) {
  constexpr int together = 4;
  for (int64_t r = 0; r < rows; r += together, x += together * width) {
    const bool all = r + together <= rows;
    for (int64_t j = 0; j < columns; j += lanes<T>) {
      const int64_t count = columns - j < lanes<T> ? columns - j : lanes<T>;
      const auto number = [&] { return load_some<T>(numbers + j, count); };
      const auto of_row = [&](int k) { return term(load_some<T>(x + k * width + j, count), number); };
      if (all) {
        add_some<T>(sums + j, (of_row(0) + of_row(1)) + (of_row(2) + of_row(3)), count);
        continue;
      }
      for (int k = 0; r + k < rows; ++k) add_some<T>(sums + j, of_row(k), count);
    }
  }
}

/// finish(line, total) of partial results (outer, count, inner), added into doubles in order.
template <class T, class Finish>
inline void total_partial_rows(const T* partial, int64_t outer, int64_t count, int64_t inner, const Finish& finish) {
  parallel(outer * inner, chunk_rows(count), [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line) {
      const T* const column = partial + line / inner * count * inner + line % inner;
      double total = 0;
      for (int64_t k = 0; k < count; ++k) total += double(column[k * inner]);
      finish(line, total);
    }
  });
}

/// y[o, i] = scale * sum over k of partial[o, k, i], added into doubles in order.
template <class T>
inline void sum_partial_rows(T* y, bool accumulate, const T* partial, int64_t outer, int64_t count, int64_t inner,
                             T scale) {
  total_partial_rows<T>(partial, outer, count, inner, [=](int64_t line, double total) {
    put_one<T>(y + line, T(total * double(scale)), accumulate);
  });
}

/// finish(line, total) for lines that lie beside one another. Where several pieces lie below one another, their sums
/// wait to be added into doubles.
template <class T, class Term, class Finish>
inline void total_columns(const Cut& cut, const T* x, const T* numbers, const Term& term, const Finish& finish) {
  T* const partial =
      cut.blocks > 1 ? static_cast<T*>(scratch(0, cut.lines() * cut.blocks * int64_t(sizeof(T)))) : nullptr;
  cut.each([&](const Piece& piece) {
    T own[sum_block];
    T* const sums = partial ? partial + piece.place : own;
    __builtin_memset(static_cast<void*>(sums), 0, size_t(piece.columns) * sizeof(T));
    add_rows<T>(sums, x + piece.from, piece.rows, cut.inner, piece.columns, numbers ? numbers + piece.line : own, term);
    if (!partial)
      for (int64_t i = 0; i < piece.columns; ++i) finish(piece.line + i, double(own[i]));
  });
  if (partial) total_partial_rows<T>(partial, cut.outer, cut.blocks, cut.inner, finish);
}

/// finish(line, total) for every line, where the total is that of term(x, number): number() is the line's own one of
/// `numbers`, which may be null if no term asks for it.
template <class T, class Term, class Finish>
inline void total_lines(const Cut& cut, const T* x, const T* numbers, const Term& term, const Finish& finish) {
  if (cut.inner != 1) return total_columns<T>(cut, x, numbers, term, finish);
  const auto sum = [&](int64_t line, int64_t first, int64_t count) {
    const T* const from = x + line * cut.n + first;
    const Vector<T> own = numbers ? broadcast(numbers[line]) : Vector<T>{};
    const auto number = [own] { return own; };
    return sum_of_vectors<T>(
        count, [&](int64_t i, int64_t some) { return first_of<T>(term(load_some<T>(from + i, some), number), some); });
  };
  total_rows(cut, sum, finish);
}

/// finish(line, sum) for every line.
template <class T, class Finish>
inline void sum_lines(const Cut& cut, const T* x, const Finish& finish) {
  if (cut.inner != 1) {
    const T* const no_numbers = nullptr;
    return total_columns<T>(cut, x, no_numbers, [](Vector<T> value, const auto&) { return value; }, finish);
  }
  const auto sum = [&](int64_t line, int64_t first, int64_t count) {
    return sum_contiguous<T>(x + line * cut.n + first, count);
  };
  total_rows(cut, sum, finish);
}

/// Calls f(writing, span, first, last, line) for the spans of memory that make up results (outer, n, inner): elements
/// [first, last) of a span belong to `line` where inner is 1, and else to as many lines from it on. `writing` is a
/// constant.
template <class T, class F>
inline void each_span(int64_t outer, int64_t n, int64_t inner, bool accumulate, const F& f) {
  const int64_t spans = inner == 1 ? outer : outer * n, width = inner == 1 ? n : inner;
  // Only long spans go past the caches: the ends of short ones would be written in parts.
  const Writing writing = writing_of<T>(width * int64_t(sizeof(T)) >= 1024 ? spans * width : 0, accumulate);
  const int64_t pieces = (width + chunk_elements - 1) / chunk_elements;
  parallel(spans * pieces, chunk_rows(smaller_of(width, chunk_elements)), [&](int64_t begin, int64_t end) {
    with_writing(writing, [&](auto constant) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t span = pieces == 1 ? i : i / pieces, first = pieces == 1 ? 0 : i % pieces * chunk_elements;
        f(constant, span, first, smaller_of(width, first + chunk_elements), inner == 1 ? span : span / n * inner);
      }
    });
  });
}
template <class T, class F>
inline void each_span(Out<T> y, const F& f) {
  each_span<T>(y.shape(0), y.shape(1), y.shape(2), y.accumulate(), f);
}

/// y = f(x, p, q) for x (outer, n, inner), with a number of p and one of q for each line.
template <class T, class F>
inline void map_lines(Out<T> y, In<T> x, const T* p, const T* q, const F& f) {
  const bool rows = y.shape(2) == 1;
  const int64_t width = y.shape(rows ? 1 : 2);
  each_span<T>(y, [&](auto constant, int64_t span, int64_t first, int64_t last, int64_t line) {
    constexpr Writing way = decltype(constant)::value;
    T* const to = y.data() + span * width;
    const T* const from = x.data() + span * width;
    const Vector<T> own_p = broadcast(p[line]), own_q = broadcast(q[line]);
    if (rows)
      map_span<T, way>(to, first, last, [&](Vector<T> value) { return f(value, own_p, own_q); }, from);
    else
      map_span<T, way>(to, first, last, f, from, p + line, q + line);
  });
}

/// Memory of a kernel for a number of each line; `slot` as of scratch, where 0 is for partial results.
template <class T>
inline T* numbers_of_lines(const Cut& cut, int slot) {
  return static_cast<T*>(scratch(slot, cut.lines() * int64_t(sizeof(T))));
}

}  // namespace
}  // namespace mushin
