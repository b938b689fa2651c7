// Matrix product: c = activation(a b + bias), or c += a b, for any strides, in batches.
//
// One microkernel computes a tile of R rows by V vectors of columns in registers. It reads a and b through strides,
// so the same code runs on packed panels and on the operands where they lie; packing is a choice made from the
// shape and the strides alone. Few rows of an a and a b that both lie along k are a second path, of dot products. Each
// element of c is summed by one thread, on the first path over k in order, in blocks of `block_k`: its bits do not
// depend on the tile it falls into, on packing or on threads. (On the second they differ from the first's.)
#pragma once
#include "elementwise.h"
#include "reduce.h"

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

constexpr int64_t block_k = 256;  // a panel of b, block_k x tile_columns, stays in the first-level cache
constexpr int64_t block_m = 96;   // a block of a, block_m x block_k, and
constexpr int64_t block_n = 512;  // a packed block of b, block_k x block_n, share the second

/// Products with at most this many rows read b where it lies: packing would cost more than it saves.
constexpr int64_t unpacked_rows = 48;

/// Products of no more multiply-adds are one thread's: handing the packed b to another core would cost more.
constexpr int64_t unshared_product = int64_t(1) << 21;

enum class Activation : int64_t { none, relu, sigmoid, tanh };

template <class T>
struct Matrix {
  T* data;
  int64_t row_stride, column_stride;
  T* at(int64_t row, int64_t column) const { return data + row * row_stride + column * column_stride; }
};

/// acc[r][v] += sum over k of a[r, k] b[k, v]; `last` columns of the last vector exist in an unpacked b.
template <class T, int R, int V, bool Full>
inline void multiply_tile(int64_t k, Matrix<const T> a, const T* b, int64_t b_row, int64_t last,
                          Vector<T> (&acc)[R][V]) {
  for (int64_t i = 0; i < k; ++i) {
    Vector<T> b_row_vectors[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v)
      b_row_vectors[v] =
          Full || v < V - 1 ? load<T>(b + i * b_row + v * lanes<T>) : load_first<T>(b + i * b_row + v * lanes<T>, last);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vector<T> a_element = broadcast(*a.at(r, i));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[r][v] = fma(a_element, b_row_vectors[v], acc[r][v]);
    }
  }
}

template <class T>
struct Tile {
  int64_t k;
  Matrix<const T> a;
  const T* b;
  int64_t b_row;
  bool b_padded;  // b may be read to the end of its last vector
  T* c;
  int64_t c_row, columns;
  bool add;
};

template <class T, int R, int V>
inline void compute_tile(const Tile<T>& tile) {
  Vector<T> acc[R][V] = {};
  const int64_t last = tile.columns - (V - 1) * lanes<T>;
  // A c that is larger than the caches comes in while the tile is computed.
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) prefetch(tile.c + r * tile.c_row + v * lanes<T>);
  if (tile.b_padded || last == lanes<T>)
    multiply_tile<T, R, V, true>(tile.k, tile.a, tile.b, tile.b_row, last, acc);
  else
    multiply_tile<T, R, V, false>(tile.k, tile.a, tile.b, tile.b_row, last, acc);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      T* const to = tile.c + r * tile.c_row + v * lanes<T>;
      if (v < V - 1 || last == lanes<T>)
        put<T>(to, acc[r][v], tile.add);
      else
        put_first<T>(to, acc[r][v], last, tile.add);
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

/// `n` rows divided evenly into as few panels as hold at most `most`: 4 + 4 rather than 6 + 2.
struct EvenSplit {
  int64_t n, panels;
  EvenSplit(int64_t n, int64_t most) : n(n), panels((n + most - 1) / most) {}
  int64_t begin(int64_t i) const { return n * i / panels; }
  int64_t count(int64_t i) const { return begin(i + 1) - begin(i); }
};

/// Panels of tile_columns columns, each row after row, the last padded with zeros.
template <class T>
inline void pack_b_panel(T* to, Matrix<const T> b, int64_t k, int64_t columns) {
  constexpr int64_t width = tile_columns<T>;
  if (b.column_stride == 1 && columns == width) {
    for (int64_t i = 0; i < k; ++i)
      for (int v = 0; v < tile_vectors; ++v) store<T>(to + i * width + v * lanes<T>, load<T>(b.at(i, v * lanes<T>)));
    return;
  }
  if (columns < width) __builtin_memset(static_cast<void*>(to), 0, size_t(k * width) * sizeof(T));
  // Eight rows at a time: a column of a transposed b is read eight elements in a line.
  for (int64_t i = 0; i < k; i += 8) {
    const int64_t rows = k - i < 8 ? k - i : 8;
    for (int64_t j = 0; j < columns; ++j)
      for (int64_t r = 0; r < rows; ++r) to[(i + r) * width + j] = *b.at(i + r, j);
  }
}

/// A panel of rows, each k after k. Whole panels know their height, which lets the compiler keep it in registers.
template <class T>
inline void pack_a_panel(T* to, Matrix<const T> a, int64_t rows, int64_t k) {
  if (rows == tile_rows) {
    for (int64_t i = 0; i < k; ++i)
#pragma GCC unroll 16
      for (int64_t r = 0; r < tile_rows; ++r) to[i * tile_rows + r] = *a.at(r, i);
    return;
  }
  for (int64_t i = 0; i < k; ++i)
    for (int64_t r = 0; r < rows; ++r) to[i * rows + r] = *a.at(r, i);
}

/// The first rows of `c` (`columns` wide), finished: bias and activation.
template <class T>
inline void finish_rows(Matrix<T> c, int64_t rows, int64_t columns, const T* bias, Activation activation) {
  for (int64_t r = 0; r < rows; ++r) {
    T* const row = c.at(r, 0);
    for (int64_t j = 0; j < columns; j += lanes<T>) {
      const int64_t count = columns - j < lanes<T> ? columns - j : lanes<T>;
      Vector<T> value = load_first<T>(row + j, count);
      if (bias) value += load_first<T>(bias + j, count);
      switch (activation) {
        case Activation::none: break;
        case Activation::relu: value = relu_function::value_of<T>(value); break;
        case Activation::sigmoid: value = sigmoid_function::value_of<T>(value); break;
        case Activation::tanh: value = tanh_function::value_of<T>(value); break;
      }
      store_first<T>(row + j, value, count);
    }
  }
}

// When both operands lie along k and there are few rows, as in a layer's forward pass with a small batch, neither is
// packed: a tile of the product is R x C dot products, each in a vector of its own.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int dot_rows = 4;
#else
constexpr int dot_rows = 2;
#endif
constexpr int dot_columns = 4;

template <class T, int R, int C>
inline void compute_dots(int64_t k, Matrix<const T> a, Matrix<const T> b, Matrix<T> c, bool add) {
  Vector<T> acc[R][C] = {};
  const auto multiply = [&](const auto& load_at) {
    Vector<T> a_part[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) a_part[r] = load_at(a.at(r, 0));
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) {
      const Vector<T> b_part = load_at(b.at(0, j));
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) acc[r][j] = fma(a_part[r], b_part, acc[r][j]);
    }
  };
  int64_t i = 0;
  for (; i + lanes<T> <= k; i += lanes<T>) multiply([i](const T* from) { return load<T>(from + i); });
  if (i < k) multiply([i, k](const T* from) { return load_first<T>(from + i, k - i); });
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) put_one<T>(c.at(r, j), sum_lanes<T>(acc[r][j]), add);
}

template <class T, int R = dot_rows>
inline void dots_of_rows(int64_t rows, int64_t columns, int64_t k, Matrix<const T> a, Matrix<const T> b, Matrix<T> c,
                         bool add) {
  if (rows == R) {
    int64_t j = 0;
    for (; j + dot_columns <= columns; j += dot_columns)
      compute_dots<T, R, dot_columns>(k, a, {b.at(0, j), 1, b.column_stride}, {c.at(0, j), c.row_stride, 1}, add);
    for (; j < columns; ++j)
      compute_dots<T, R, 1>(k, a, {b.at(0, j), 1, b.column_stride}, {c.at(0, j), c.row_stride, 1}, add);
  } else if constexpr (R > 1) {
    dots_of_rows<T, R - 1>(rows, columns, k, a, b, c, add);
  }
}

template <class T>
struct Product {
  Matrix<T> c;
  Matrix<const T> a, b;
  int64_t m, n, k;
  bool accumulate;
  const T* bias;
  Activation activation;

  bool finishes() const { return bias || activation != Activation::none; }

  /// One block of c, rows by columns, over one block of k. `b_panels` is packed, or null: then b is read where it
  /// lies. `a_panels` has room for the rows of a to be packed into, or is null.
  void block(EvenSplit rows, int64_t first_panel, int64_t last_panel, int64_t column, int64_t columns, int64_t k_begin,
             const T* b_panels, T* a_panels) const {
    const int64_t depth = k - k_begin < block_k ? k - k_begin : block_k;
    const int64_t first_row = rows.begin(first_panel);
    if (a_panels)
      for (int64_t panel = first_panel; panel < last_panel; ++panel) {
        const int64_t row = rows.begin(panel);
        pack_a_panel<T>(a_panels + (row - first_row) * depth, {a.at(row, k_begin), a.row_stride, a.column_stride},
                        rows.count(panel), depth);
      }
    // A panel of b stays in the first-level cache while all panels of a go by.
    for (int64_t j = 0; j < columns; j += tile_columns<T>) {
      const int64_t width = columns - j < tile_columns<T> ? columns - j : tile_columns<T>;
      const T* const b_at = b_panels ? b_panels + j * depth : b.at(k_begin, column + j);
      for (int64_t panel = first_panel; panel < last_panel; ++panel) {
        const int64_t row = rows.begin(panel), count = rows.count(panel);
        const Matrix<const T> a_panel = a_panels ? Matrix<const T>{a_panels + (row - first_row) * depth, 1, count}
                                                 : Matrix<const T>{a.at(row, k_begin), a.row_stride, a.column_stride};
        compute_rows<T>(count, {depth, a_panel, b_at, b_panels ? tile_columns<T> : b.row_stride, b_panels != nullptr,
                                c.at(row, column + j), c.row_stride, width, accumulate || k_begin > 0});
      }
    }
    if (k_begin + depth == k && finishes())
      finish_rows<T>({c.at(first_row, column), c.row_stride, 1}, rows.begin(last_panel) - first_row, columns,
                     bias ? bias + column : nullptr, activation);
  }

  /// Blocks of columns small enough that threads finish together, wide enough to be worth a chunk.
  int64_t columns_per_task(int64_t width, int64_t row_blocks) const {
    constexpr int64_t tasks = 32, least_work = int64_t(1) << 18;
    if (row_blocks >= tasks || m * n * k <= unshared_product) return width;
    const int64_t depth = k < block_k ? k : block_k;
    const int64_t for_tasks = width * row_blocks / tasks, for_work = least_work * row_blocks / (m * depth);
    const int64_t wanted = for_tasks > for_work ? for_tasks : for_work;
    return (wanted / tile_columns<T> + 1) * tile_columns<T>;
  }

  /// The product as dot products, in columns of which a chunk reads a fixed amount of b.
  void run_as_dots() const {
    const int64_t wanted = (int64_t(1) << 20) / (k * (m < 8 ? 8 : m) + 1) / dot_columns * dot_columns;
    const EvenSplit rows(m, dot_rows);
    parallel(n, wanted < dot_columns ? dot_columns : wanted, [&](int64_t begin, int64_t end) {
      // Four columns of b stay in the first-level cache while all rows of a go by.
      for (int64_t j = begin; j < end; j += dot_columns) {
        const int64_t columns = end - j < dot_columns ? end - j : dot_columns;
        for (int64_t panel = 0; panel < rows.panels; ++panel) {
          const int64_t row = rows.begin(panel);
          dots_of_rows<T>(rows.count(panel), columns, k, {a.at(row, 0), a.row_stride, 1},
                          {b.at(0, j), 1, b.column_stride}, {c.at(row, j), c.row_stride, 1}, accumulate);
        }
      }
      if (finishes())
        finish_rows<T>({c.at(0, begin), c.row_stride, 1}, m, end - begin, bias ? bias + begin : nullptr, activation);
    });
  }

  void run() const {
    if (m <= unpacked_rows && a.column_stride == 1 && b.row_stride == 1 && b.column_stride != 1 && k >= lanes<T>)
      return run_as_dots();
    const EvenSplit panels(m, tile_rows);
    const EvenSplit blocks(panels.panels, block_m / tile_rows);
    const bool pack_b = b.column_stride != 1 || m > unpacked_rows;
    const bool pack_a = a.column_stride != 1 && (a.row_stride != 1 || n > 4 * tile_columns<T>);
    for (int64_t column = 0; column < n; column += block_n) {
      const int64_t width = n - column < block_n ? n - column : block_n;
      const int64_t task_columns = columns_per_task(width, blocks.panels);
      const int64_t column_tasks = (width + task_columns - 1) / task_columns;
      for (int64_t k_begin = 0; k_begin == 0 || k_begin < k; k_begin += block_k) {
        const int64_t depth = k - k_begin < block_k ? k - k_begin : block_k;
        T* const b_panels = pack_b ? pack_columns(column, width, k_begin, depth) : nullptr;
        const int64_t chunk = m * n * k <= unshared_product ? blocks.panels * column_tasks : 1;
        parallel(blocks.panels * column_tasks, chunk, [&](int64_t begin, int64_t end) {
          T* const a_panels = pack_a ? static_cast<T*>(scratch(1, block_m * block_k * int64_t(sizeof(T)))) : nullptr;
          for (int64_t task = begin; task < end; ++task) {
            const int64_t row_block = task / column_tasks, offset = task % column_tasks * task_columns;
            block(panels, blocks.begin(row_block), blocks.begin(row_block + 1), column + offset,
                  width - offset < task_columns ? width - offset : task_columns, k_begin,
                  b_panels ? b_panels + offset * depth : nullptr, a_panels);
          }
        });
      }
    }
  }

  T* pack_columns(int64_t column, int64_t width, int64_t k_begin, int64_t depth) const {
    const int64_t panel_count = (width + tile_columns<T> - 1) / tile_columns<T>;
    T* const to = static_cast<T*>(scratch(0, panel_count * tile_columns<T> * depth * int64_t(sizeof(T))));
    parallel(panel_count, 1 + chunk_elements / (depth * tile_columns<T> + 1), [&](int64_t begin, int64_t end) {
      for (int64_t panel = begin; panel < end; ++panel) {
        const int64_t j = panel * tile_columns<T>;
        pack_b_panel<T>(to + j * depth, {b.at(k_begin, column + j), b.row_stride, b.column_stride}, depth,
                        width - j < tile_columns<T> ? width - j : tile_columns<T>);
      }
    });
    return to;
  }
};

/// c = activation(a b + bias) for each matrix of the batch, or c += a b.
template <class T>
void gemm(Out<T> c, StridedIn<T> a, StridedIn<T> b, In<T> bias, int64_t activation) {
  if (!c || c.size() == 0) return;
  const int batch_axes = c.ndim() - 2;
  const int64_t m = c.shape(-2), n = c.shape(-1), k = a.shape(-1);
  const int64_t batch = c.size() / (m * n);
  // The batch is walked by one thread, its products are shared; small products in large batches go in parallel.
  parallel(batch, m * n * k <= unshared_product ? 1 + (int64_t(1) << 18) / (m * n * (k + 1)) : batch,
           [&](int64_t begin, int64_t end) {
             for (int64_t i = begin; i < end; ++i) {
               int64_t rest = i, a_offset = 0, b_offset = 0;
               for (int axis = batch_axes - 1; axis >= 0; --axis) {
                 const int64_t index = rest % c.shape(axis);
                 rest /= c.shape(axis);
                 a_offset += index * a.stride(axis);
                 b_offset += index * b.stride(axis);
               }
               Product<T>{{c.data() + i * m * n, n, 1},
                          {a.data() + a_offset, a.stride(-2), a.stride(-1)},
                          {b.data() + b_offset, b.stride(-2), b.stride(-1)},
                          m,
                          n,
                          k,
                          c.accumulate(),
                          bias.data(),
                          Activation(activation)}
                   .run();
             }
           });
}

}  // namespace
}  // namespace mushin
