// Matrix product: c = activation(a b + bias), or c += a b, for any strides, in batches.
//
// A product is divided into tasks, each a piece of c that one thread computes from beginning to end: unless b was
// packed before, it packs the columns of b that it needs itself, a block of k at a time, and they stay in its
// second-level cache; sums over several blocks of k come and go in the order in which they lie. What else is packed and
// which of three ways is taken depends on the shape and the strides alone, and each element of c is summed in one order
// on each way (over k, in blocks of `block_k`, unless as a dot product): its bits do not depend on the tile or the task
// it falls into, nor on threads.
#pragma once
#include "../../core/machine.h"
#include "../elementwise.h"
#include "dots.h"
#include "stream.h"
#include "tile.h"

namespace mushin {
namespace {

constexpr int64_t block_k = 256;  // a panel of b, block_k x tile_columns, stays in the first-level cache
constexpr int64_t block_m = 96;   // a block of a, block_m x block_k, is small in the second
/// Rows of a piece of c. Its packed columns of b take half of the second-level cache, or a quarter if there are several
/// blocks of k: the sums over them, up to twice as much as that cache, come and go in the order in which they lie.
constexpr int64_t piece_rows = 2048;

/// Products with at most this many rows, or this depth, read b where it lies: packing would cost more than it saves.
constexpr int64_t unpacked_rows = 48, unpacked_depth = 16;

/// Multiply-adds that are worth a task.
constexpr int64_t task_work = int64_t(1) << 19;
/// Tasks for each thread: few, since each reads or packs some of its operands anew.
constexpr int64_t tasks_per_thread = 2;

enum class Activation : int64_t { none, relu, sigmoid, tanh };

/// Rows of `c` (`columns` wide), finished: bias and activation.
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

/// Ranges of row panels by strips of column panels: every pair is a task.
struct Division {
  EvenSplit ranges, strips;
};

template <class T>
struct Product {
  Matrix<T> c;
  Matrix<const T> a, b;
  int64_t m, n, k;
  bool accumulate;
  const T* bias;
  Activation activation;
  const T* packed_b = nullptr;  // from pack_all_of_b; or null

  void run() const {
    if (packed_b)
      run_as_tiles();
    else if (m <= unpacked_rows && a.column_stride == 1 && b.row_stride == 1 && b.column_stride != 1 && k >= lanes<T>)
      run_as_dots();
    else if (m <= most_streamed_rows && b.column_stride == 1)
      run_as_stream();
    else
      run_as_tiles();
  }

  void run_as_dots() const {
    const EvenSplit rows = EvenSplit::of_most(m, dot_rows), columns = EvenSplit::of_most(n, dot_columns);
    const EvenSplit tasks = EvenSplit::into(columns.panels, worthwhile_tasks());
    parallel(tasks.panels, 1, [&](int64_t task, int64_t) {
      // A few columns of b stay in the first-level cache while all rows of a go by.
      for (int64_t column_panel = tasks.begin(task); column_panel < tasks.begin(task + 1); ++column_panel)
        for (int64_t row_panel = 0; row_panel < rows.panels; ++row_panel) {
          const int64_t row = rows.begin(row_panel), column = columns.begin(column_panel);
          compute_some_dots<T>(rows.count(row_panel), columns.count(column_panel), k, a.from(row, 0), b.from(0, column),
                               c.from(row, column), accumulate);
        }
      const int64_t begin = columns.begin(tasks.begin(task)), end = columns.begin(tasks.begin(task + 1));
      finish(0, m, begin, end - begin);
    });
  }

  void run_as_stream() const {
    // As few pieces as there are threads, or each thread the same number: the longer the rows, the faster they stream.
    const int64_t tasks_worthwhile = worthwhile_tasks(), threads = num_threads();
    const int64_t workers = tasks_worthwhile < threads ? tasks_worthwhile : threads;
    const int64_t columns_of_all = workers * stream_columns(m);
    const EvenSplit tasks = EvenSplit::into(column_panels(), (n + columns_of_all - 1) / columns_of_all * workers);
    parallel(tasks.panels, 1, [&](int64_t task, int64_t) {
      const int64_t begin = tasks.begin(task) * tile_columns<T>, end = tasks.begin(task + 1) * tile_columns<T>;
      const int64_t columns = (end < n ? end : n) - begin;
      compute_some_stream<T>(m, columns, k, block_k, a, b.from(0, begin), c.from(0, begin), accumulate);
      finish(0, m, begin, columns);
    });
  }

  void run_as_tiles() const {
    const EvenSplit panels = EvenSplit::of_most(m, tile_rows);
    const bool pack_b = !packed_b && (b.column_stride != 1 || (m > unpacked_rows && k > unpacked_depth));
    const Division tasks = divide(panels, pack_b);
    parallel(tasks.ranges.panels * tasks.strips.panels, 1, [&](int64_t task, int64_t) {
      const int64_t range = task % tasks.ranges.panels, strip = task / tasks.ranges.panels;
      const int64_t column = tasks.strips.begin(strip) * tile_columns<T>;
      const int64_t end = tasks.strips.begin(strip + 1) * tile_columns<T>;
      compute_piece(panels, tasks.ranges.begin(range), tasks.ranges.begin(range + 1), column,
                    (end < n ? end : n) - column, pack_b);
    });
  }

  /// b in panels of tile_columns, each over all of k.
  void pack_all_of_b(T* to) const {
    parallel(column_panels(), 1, [&](int64_t begin, int64_t end) {
      const int64_t column = begin * tile_columns<T>, last = end * tile_columns<T>;
      mushin::pack_b<T>(to + column * k, b.from(0, column), k, (last < n ? last : n) - column);
    });
  }

  int64_t deepest() const { return k < 1 ? 1 : k < block_k ? k : block_k; }
  int64_t column_panels() const { return (n + tile_columns<T> - 1) / tile_columns<T>; }

  /// How many tasks are worth their while.
  int64_t worthwhile_tasks() const {
    const int64_t threads = num_threads(), most = threads > 1 ? threads * tasks_per_thread : 1;
    const int64_t tasks = m * n * k / task_work;
    return tasks < 1 ? 1 : tasks < most ? tasks : most;
  }

  /// a is read once for each strip, b packed once for each range: of all divisions into enough tasks the one that does
  /// least of both. Where b is not packed, threads get ranges: the rows of a weight's gradient, which they later
  /// update.
  Division divide(EvenSplit panels, bool pack_b) const {
    const int64_t tasks = worthwhile_tasks();
    const int64_t piece_columns = second_level_cache() / ((k > block_k ? 4 : 2) * deepest() * int64_t(sizeof(T)));
    const int64_t least_strips = (n + piece_columns - 1) / piece_columns;
    const int64_t least_ranges = (m + piece_rows - 1) / piece_rows;
    Division best{};
    int64_t least_missing = std::numeric_limits<int64_t>::max(), least_cost = least_missing;
    for (int64_t strips = least_strips; strips == least_strips || strips <= tasks; ++strips) {
      const int64_t wanted = (tasks + strips - 1) / strips;
      const Division division = {EvenSplit::into(panels.panels, wanted > least_ranges ? wanted : least_ranges),
                                 EvenSplit::into(column_panels(), strips)};
      const int64_t cost = division.strips.panels * m + (pack_b ? division.ranges.panels * n : 0);
      const int64_t made = division.ranges.panels * division.strips.panels, missing = made < tasks ? tasks - made : 0;
      if (missing < least_missing || (missing == least_missing && cost < least_cost))
        best = division, least_missing = missing, least_cost = cost;
    }
    return best;
  }

  /// Some panels of rows, `columns` of them.
  void compute_piece(EvenSplit panels, int64_t first_panel, int64_t last_panel, int64_t column, int64_t columns,
                     bool pack_b) const {
    const bool pack_a = a.column_stride != 1 && (a.row_stride != 1 || columns > 4 * tile_columns<T>);
    const int64_t padded = (columns + tile_columns<T> - 1) / tile_columns<T> * tile_columns<T>;
    const int64_t rows = panels.begin(last_panel) - panels.begin(first_panel);
    const Packed packed = {padded, pack_a ? memory(0, block_m * deepest()) : nullptr,
                           pack_b ? memory(1, padded * deepest()) : nullptr,
                           k > block_k ? memory(2, padded * rows) : nullptr,
                           pack_b && b.column_stride == 1 ? columns / tile_columns<T> * tile_columns<T> : 0};
    const EvenSplit blocks = EvenSplit::of_most(last_panel - first_panel, block_m / tile_rows);
    const auto block_at = [&](int64_t i, int64_t k_begin) {
      return Block{first_panel + blocks.begin(i), first_panel + blocks.begin(i + 1), k_begin,
                   k - k_begin < block_k ? k - k_begin : block_k};
    };
    for (int64_t k_begin = 0; k_begin == 0 || k_begin < k; k_begin += block_k)
      for (int64_t i = 0; i < blocks.panels; ++i) {
        const Block next = i + 1 < blocks.panels   ? block_at(i + 1, k_begin)
                           : k_begin + block_k < k ? block_at(0, k_begin + block_k)
                                                   : Block{};
        compute_block(panels, block_at(i, k_begin), next, column, columns, packed, panels.begin(first_panel));
      }
  }

  /// Panels of rows over a block of k.
  struct Block {
    int64_t first_panel, last_panel, k_begin, depth;
  };

  /// A thread's own memory for a piece; what is not packed is null.
  struct Packed {
    int64_t columns;
    T *a, *b;
    T* sums;           // over the blocks of k so far, tile after tile
    int64_t by_tiles;  // columns of b that the first panel of rows packs while it reads them
  };

  static T* memory(int slot, int64_t count) { return static_cast<T*>(scratch(slot, count * int64_t(sizeof(T)))); }

  /// One block of a piece, which begins in `piece_row`; its first block of rows packs b.
  void compute_block(EvenSplit panels, const Block& block, const Block& next, int64_t column, int64_t columns,
                     const Packed& packed, int64_t piece_row) const {
    const auto [first_panel, last_panel, k_begin, depth] = block;
    const bool is_first = panels.begin(first_panel) == piece_row;
    // A shallow tile has no steps left when it has asked for its rows of c.
    const bool fetches = depth > 4 * tile_rows, fetches_b = fetches && is_first && b_is_beyond_cache();
    const bool fetches_a = fetches && packed.a && a.row_stride == 1 && next.depth > 0;
    const bool is_last = k_begin + depth == k;
    if (packed.a)
      for (int64_t panel = first_panel; panel < last_panel; ++panel) {
        const int64_t row = panels.begin(panel);
        pack_a<T>(packed.a + (panel - first_panel) * tile_rows * depth, a.from(row, k_begin), panels.count(panel),
                  m - row, depth);
      }
    // A panel of b stays in the first-level cache while all panels of a go by.
    for (int64_t j = 0; j < columns; j += tile_columns<T>) {
      const int64_t width = columns - j < tile_columns<T> ? columns - j : tile_columns<T>;
      if (is_first && packed.b && j >= packed.by_tiles)
        mushin::pack_b<T>(packed.b + j * depth, b.from(k_begin, column + j), depth, width);
      for (int64_t panel = first_panel; panel < last_panel; ++panel) {
        const int64_t row = panels.begin(panel), rows = panels.count(panel);
        T* const sums = packed.sums ? packed.sums + (row - piece_row) * packed.columns + j * rows : nullptr;
        Tile<T> tile;
        tile.k = depth;
        tile.a = packed.a ? Matrix<const T>{packed.a + (panel - first_panel) * tile_rows * depth, 1, tile_rows}
                          : a.from(row, k_begin);
        const bool packs = is_first && panel == first_panel && j < packed.by_tiles,
                   is_packed = packed_b || (packed.b && !packs);
        tile.b = packed_b    ? packed_b + (column + j) * k + k_begin * tile_columns<T>
                 : is_packed ? packed.b + j * depth
                             : b.at(k_begin, column + j);
        tile.b_row = is_packed ? tile_columns<T> : b.row_stride;
        tile.packed = packs ? packed.b + j * depth : nullptr;
        if (fetches_b && is_packed && j + tile_columns<T> < columns)
          tile.ahead = share_of_panel(k_begin, depth, column + j + tile_columns<T>, columns - j - tile_columns<T>,
                                      panel - first_panel, last_panel - first_panel);
        else if (fetches_a)
          tile.ahead =
              share_of_block(panels, next, j / tile_columns<T> * (last_panel - first_panel) + panel - first_panel,
                             packed.columns / tile_columns<T> * (last_panel - first_panel));
        tile.reading = packs ? Reading::packing : reading_of(packed, is_packed, width);
        tile.partial = k_begin > 0 ? sums : nullptr;
        tile.c = is_last ? c.at(row, column + j) : sums;
        tile.c_row = is_last ? c.row_stride : tile_columns<T>;
        tile.columns = width;
        tile.add = is_last && accumulate;
        compute_rows<T>(rows, tile);
        if (is_last) finish(row, rows, column + j, width);
      }
    }
  }

  /// A tile's share of the next panel of b: some of its rows, or of a transposed b a part of its columns.
  Ahead<T> share_of_panel(int64_t k_begin, int64_t depth, int64_t column, int64_t columns, int64_t tile,
                          int64_t tiles) const {
    if (packed_b || b.column_stride == 1) {
      const EvenSplit rows = EvenSplit::into(depth, tiles);
      const T* const panel = packed_b ? packed_b + column * k + k_begin * tile_columns<T> : b.at(k_begin, column);
      const int64_t row_stride = packed_b ? tile_columns<T> : b.row_stride;
      return tile < rows.panels ? Ahead<T>{panel + rows.begin(tile) * row_stride, row_stride, rows.count(tile)}
                                : Ahead<T>{};
    }
    const int64_t row = tile * tile_columns<T>;
    if (b.row_stride != 1 || row >= depth) return {};
    return {b.at(k_begin + row, column), b.column_stride, columns < tile_columns<T> ? columns : tile_columns<T>};
  }

  /// A tile's share of the next block of a transposed a: a part of some of its columns.
  Ahead<T> share_of_block(EvenSplit panels, const Block& next, int64_t tile, int64_t tiles) const {
    const int64_t row = panels.begin(next.first_panel), rows = panels.begin(next.last_panel) - row;
    const int64_t parts = (rows + tile_columns<T> - 1) / tile_columns<T>;
    const EvenSplit shares = EvenSplit::into(next.depth, tiles / parts);
    const int64_t share = tile / parts;
    if (share >= shares.panels) return {};
    return {a.at(row + tile % parts * tile_columns<T>, next.k_begin + shares.begin(share)), a.column_stride,
            shares.count(share)};
  }

  bool b_is_beyond_cache() const { return k * n * int64_t(sizeof(T)) > second_level_cache(); }

  Reading reading_of(const Packed& packed, bool b_is_packed, int64_t width) const {
    if (b_is_packed) return packed.a ? Reading::packed : a.column_stride == 1 ? Reading::rows : Reading::strided;
    if (width % lanes<T> != 0) return Reading::narrow;
    return b_is_beyond_cache() && width == tile_columns<T> ? Reading::fetching : Reading::strided;
  }

  void finish(int64_t row, int64_t rows, int64_t column, int64_t columns) const {
    if (bias || activation != Activation::none)
      finish_rows<T>(c.from(row, column), rows, columns, bias ? bias + column : nullptr, activation);
  }
};

/// The product of the first matrices of the batch.
template <class T>
Product<T> product_of(Out<T> c, StridedIn<T> a, StridedIn<T> b, In<T> bias, int64_t activation) {
  return {{c.data(), c.shape(-1), 1},
          {a.data(), a.stride(-2), a.stride(-1)},
          {b.data(), b.stride(-2), b.stride(-1)},
          c.shape(-2),
          c.shape(-1),
          a.shape(-1),
          c.accumulate(),
          bias.data(),
          Activation(activation)};
}

/// c = activation(a b + bias) for each matrix of the batch, or c += a b.
template <class T>
void gemm(Out<T> c, StridedIn<T> a, StridedIn<T> b, In<T> bias, int64_t activation) {
  if (!c || c.size() == 0) return;
  const int batch_axes = c.ndim() - 2;
  const Product<T> first = product_of(c, a, b, bias, activation);
  const int64_t m = first.m, n = first.n, k = first.k, batch = c.size() / (m * n);
  // The batch is walked by one thread, its products are shared; small products in large batches go in parallel.
  parallel(batch, m * n * k < 2 * task_work ? 1 + task_work / (m * n * (k + 1)) : batch,
           [&](int64_t begin, int64_t end) {
             for (int64_t i = begin; i < end; ++i) {
               Product<T> product = first;
               product.c.data += i * m * n;
               int64_t rest = i;
               for (int axis = batch_axes - 1; axis >= 0; --axis) {
                 const int64_t index = rest % c.shape(axis);
                 rest /= c.shape(axis);
                 product.a.data += index * a.stride(axis);
                 product.b.data += index * b.stride(axis);
               }
               product.run();
             }
           });
}

/// The same for one matrix, where b stays as it is during a block of products: the first of them packs it. `packed` has
/// room for k rows of n columns, rounded up to whole panels; `packed_in` is the block that it was packed in.
template <class T>
void gemm_with_packing(Out<T> c, InOut<T> packed, InOut<int64_t> packed_in, StridedIn<T> a, StridedIn<T> b, In<T> bias,
                       In<int64_t> block, int64_t activation) {
  if (!c || c.size() == 0) return;
  Product<T> product = product_of(c, a, b, bias, activation);
  // Less room, which a signature cannot exclude, must do no harm: nothing is packed then.
  if (packed.shape(1) >= product.column_panels() * tile_columns<T>) {
    if (*packed_in.data() != *block.data()) product.pack_all_of_b(packed.data());
    *packed_in.data() = *block.data();
    product.packed_b = packed.data();
  }
  product.run();
}

/// The same for one matrix of which only the first `count` rows of a are known, and only so many of c are written; or,
/// with `of_depth`, only so many columns of a and rows of b.
template <class T>
void gemm_of_known(Out<T> c, StridedIn<T> a, StridedIn<T> b, In<T> bias, In<int64_t> count, int64_t of_depth) {
  if (!c || c.size() == 0) return;
  Product<T> product = product_of(c, a, b, bias, int64_t(Activation::none));
  int64_t& length = of_depth ? product.k : product.m;
  const int64_t known = *count.data() < 0 ? 0 : *count.data();
  length = known < length ? known : length;
  if (product.m > 0) product.run();
}

}  // namespace
}  // namespace mushin
