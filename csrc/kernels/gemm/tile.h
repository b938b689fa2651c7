// The microkernel: a tile of R rows by V vectors of columns, summed in registers. It reads a and b through strides, so
// the same code runs on packed panels and on the operands where they lie.
#pragma once
#include "../arguments.h"

namespace mushin {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int tile_rows = 12;  // 12 x 2 accumulators of 32 registers
#else
constexpr int tile_rows = 6;  // 6 x 2 accumulators of 16 registers
#endif
constexpr int tile_vectors = 2;
template <class T>
constexpr int64_t tile_columns = tile_vectors * lanes<T>;

template <class T>
struct Matrix {
  T* data;
  int64_t row_stride, column_stride;
  T* at(int64_t row, int64_t column) const { return data + row * row_stride + column * column_stride; }
  Matrix from(int64_t row, int64_t column) const { return {at(row, column), row_stride, column_stride}; }
};

/// `n` things divided evenly into panels: 4 + 4 rows rather than 6 + 2.
struct EvenSplit {
  int64_t n, panels;
  /// As few panels as hold at most `most` things.
  static EvenSplit of_most(int64_t n, int64_t most) { return {n, (n + most - 1) / most}; }
  /// So many panels, or one for each thing if there are fewer.
  static EvenSplit into(int64_t n, int64_t panels) { return {n, panels < n ? panels : n}; }

  int64_t begin(int64_t i) const { return n * i / panels; }
  int64_t count(int64_t i) const { return begin(i + 1) - begin(i); }
};

/// How a tile reads its operands. The first two are the rule in large products, and the strides they know make a loop
/// that spends nothing but loads and multiply-adds.
enum class Reading {
  packed,    // a and b are packed panels
  rows,      // a lies in rows, b is a packed panel
  strided,   // a and b through their strides, b in whole vectors
  narrow,    // the same, but of the last vector of b only some columns
  fetching,  // through their strides, tile_columns of b, which are fetched ahead from beyond the caches
  packing,   // the same, and they are packed on the way
};

template <Reading reading>
constexpr bool b_is_packed = reading == Reading::packed || reading == Reading::rows;

/// What a tile of packed panels fetches for later ones: tile_columns numbers at each step, a step apart.
template <class T>
struct Ahead {
  const T* from = nullptr;
  int64_t step = 0, steps = 0;
};

/// A Reading that knows strides reads past those that stand here.
template <class T>
struct Tile {
  int64_t k;
  Matrix<const T> a;
  const T* b;
  int64_t b_row;
  Reading reading;
  T* packed;  // where b goes as it is read; or null
  Ahead<T> ahead;
  const T* partial;  // the sum over what came before of k, tile_columns a row; or null
  T* c;
  int64_t c_row, columns;
  bool add;
};

/// A c that is larger than the caches comes in while the tile is computed: row by row, where registers are left for it,
/// since what waits for memory all at once keeps the operands waiting too.
template <class T, int V>
inline void prefetch_row(const Tile<T>& tile, int64_t row) {
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) prefetch(tile.c + row * tile.c_row + v * lanes<T>);
}

/// acc[r][v] += sum over k of a[r, k] b[k, v]; of the last v, b has `last` columns.
template <class T, int R, int V, Reading reading>
inline void multiply_tile(const Tile<T>& tile, int64_t last, Vector<T> (&acc)[R][V]) {
  const T *const a = tile.a.data, *const b = tile.b;
  const int64_t k = tile.k, b_row = b_is_packed<reading> ? tile_columns<T> : tile.b_row;
  const int64_t a_row = reading == Reading::packed ? 1 : tile.a.row_stride;
  const int64_t a_column = reading == Reading::packed ? tile_rows : reading == Reading::rows ? 1 : tile.a.column_stride;
  const T* every_third_row[(R + 2) / 3];  // the others are one and two strides away, which an address can say
#pragma GCC unroll 4
  for (int q = 0; q < (R + 2) / 3; ++q) every_third_row[q] = a + 3 * q * a_row;
  const auto add_product = [&](int64_t i) __attribute__((always_inline)) {
    Vector<T> b_row_vectors[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const T* const from = b + i * b_row + v * lanes<T>;
      b_row_vectors[v] = reading == Reading::narrow && v == V - 1 ? load_first<T>(from, last) : load<T>(from);
      if constexpr (reading == Reading::fetching || reading == Reading::packing) {
        // No processor foresees strides of whole rows by itself.
        constexpr int64_t rows_ahead = reading == Reading::packing ? 16 : 8;
        prefetch(from + rows_ahead * b_row);
        if (v == V - 1) prefetch(from + rows_ahead * b_row + lanes<T> - 1);  // which may lie in the next line
      }
      if constexpr (reading == Reading::packing)
        store<T>(tile.packed + i * tile_columns<T> + v * lanes<T>, b_row_vectors[v]);
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vector<T> a_element = broadcast(every_third_row[r / 3][r % 3 * a_row + i * a_column]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[r][v] = fma(a_element, b_row_vectors[v], acc[r][v]);
    }
  };
  const auto add_four_products = [&](int64_t i) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int step = 0; step < 4; ++step) add_product(i + step);
  };
  int64_t i = 0;
  if constexpr (b_is_packed<reading>) {
    for (; i + 4 <= k && i < 4 * R; i += 4) {
      prefetch_row<T, V>(tile, i / 4);
      add_four_products(i);
    }
    const int64_t fetching = i + 4 * tile.ahead.steps;
    for (const T* from = tile.ahead.from; i + 4 <= k && i < fetching; i += 4, from += tile.ahead.step) {
      prefetch_far(from);
      prefetch_far(from + tile_columns<T> / 2);
      prefetch_far(from + tile_columns<T> - 1);  // which may lie in the next line
      add_four_products(i);
    }
    for (; i + 4 <= k; i += 4) add_four_products(i);
  }
  for (; i < k; ++i) add_product(i);
}

/// c = partial + a b, or c += partial + a b. A function of its own, so that all registers are the sums'.
template <class T, int R, int V, Reading reading>
__attribute__((noinline)) void compute_tile_reading(const Tile<T>& tile) {
  Vector<T> acc[R][V] = {};
  const int64_t last = tile.columns - (V - 1) * lanes<T>;
  if constexpr (!b_is_packed<reading>) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) prefetch_row<T, V>(tile, r);
  }
  multiply_tile<T, R, V, reading>(tile, last, acc);
  const bool whole = last == lanes<T>;
  const auto for_each_vector = [&](const auto& function) __attribute__((always_inline)) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) function(acc[r][v], r, v);
  };
  if (tile.partial)
    for_each_vector(
        [&](Vector<T>& sum, int r, int v) { sum = load<T>(tile.partial + r * tile_columns<T> + v * lanes<T>) + sum; });
  T* const c = tile.c;
  const int64_t c_row = tile.c_row;
  if (!whole)
    for_each_vector([&](Vector<T>& sum, int r, int v) {
      put_first<T>(c + r * c_row + v * lanes<T>, sum, v < V - 1 ? lanes<T> : last, tile.add);
    });
  else if (tile.add)
    for_each_vector([&](Vector<T>& sum, int r, int v) { put<T>(c + r * c_row + v * lanes<T>, sum, true); });
  else
    for_each_vector([&](Vector<T>& sum, int r, int v) { put<T>(c + r * c_row + v * lanes<T>, sum, false); });
}

template <class T, int R, int V>
inline void compute_tile(const Tile<T>& tile) {
  switch (tile.reading) {
    case Reading::packed: return compute_tile_reading<T, R, V, Reading::packed>(tile);
    case Reading::rows: return compute_tile_reading<T, R, V, Reading::rows>(tile);
    case Reading::strided: return compute_tile_reading<T, R, V, Reading::strided>(tile);
    case Reading::narrow: return compute_tile_reading<T, R, V, Reading::narrow>(tile);
    case Reading::fetching:
      if constexpr (V == tile_vectors) compute_tile_reading<T, R, V, Reading::fetching>(tile);
      return;
    case Reading::packing:
      if constexpr (V == tile_vectors) compute_tile_reading<T, R, V, Reading::packing>(tile);
  }
}

template <class T, int R = tile_rows>
inline void compute_rows(int64_t rows, const Tile<T>& tile) {
  if (rows == R) {
    if (tile.columns > lanes<T>)
      compute_tile<T, R, 2>(tile);
    else
      compute_tile<T, R, 1>(tile);
  } else if constexpr (R > 1) {
    compute_rows<T, R - 1>(rows, tile);
  }
}

/// `columns` of b in panels of tile_columns, each row after row, the last one padded with zeros. Where columns of b lie
/// side by side, the first tiles that read whole panels pack them; here come the last, narrow one and a transposed b.
template <class T>
inline void pack_b(T* to, Matrix<const T> b, int64_t k, int64_t columns) {
  constexpr int64_t width = tile_columns<T>;
  for (int64_t first = 0; first < columns; first += width, to += width * k) {
    const Matrix<const T> panel = b.from(0, first);
    const int64_t count = columns - first < width ? columns - first : width;
    if (count < width) __builtin_memset(static_cast<void*>(to), 0, size_t(k * width) * sizeof(T));
    int64_t i = 0;
    if (b.row_stride == 1) {  // squares of a transposed b, turned in registers
      for (; i + lanes<T> <= k; i += lanes<T>)
        for (int64_t j = 0; j < count; j += lanes<T>) {
          Vector<T> square[lanes<T>] = {};
          for (int64_t r = 0; r < lanes<T> && j + r < count; ++r) square[r] = load<T>(panel.at(i, j + r));
          transpose<T>(square);
#pragma GCC unroll 16
          for (int64_t r = 0; r < lanes<T>; ++r) store<T>(to + (i + r) * width + j, square[r]);
        }
    }
    for (; i < k; ++i)
      for (int64_t j = 0; j < count; ++j) to[i * width + j] = *panel.at(i, j);
  }
}

/// A panel of rows, the tile_rows of each k after those of the last. Where a has so many rows from here on and they lie
/// side by side, it copies tile_rows even if the panel has fewer: a known count is moved in vectors.
template <class T>
inline void pack_a(T* to, Matrix<const T> a, int64_t rows, int64_t rows_below, int64_t k) {
  if (a.row_stride == 1 && rows_below >= tile_rows) {
    for (int64_t i = 0; i < k; ++i) __builtin_memcpy(to + i * tile_rows, a.at(0, i), tile_rows * sizeof(T));
    return;
  }
  for (int64_t i = 0; i < k; ++i)
    for (int64_t r = 0; r < rows; ++r) to[i * tile_rows + r] = *a.at(r, i);
}

}  // namespace
}  // namespace mushin
