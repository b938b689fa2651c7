// Adafactor: a matrix's mean squares are kept as the means of its rows and columns.
#pragma once
#include "segments.h"

namespace mushin {
namespace {

/// row = (1 - weight) row + weight (mean of the row's squares + added).
template <class T>
inline void average_rows(T* row, const T* g, int64_t rows, int64_t columns, double weight, double added) {
  parallel(rows, chunk_rows(columns), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      double sum = 0;
      for (int64_t from = 0; from < columns; from += segment_chunk) {
        Vector<T> part{};
        for_lanes<T>(from, from + segment_chunk < columns ? from + segment_chunk : columns, [&](Lane<T> lane) {
          const Vector<T> value = lane.load(g + r * columns);
          part = fma(value, value, part);
        });
        sum += double(sum_lanes<T>(part));
      }
      row[r] = T(double(row[r]) + weight * (sum / double(columns) + added - double(row[r])));
    }
  });
}

/// The same for the columns of one matrix; sums of 64 rows are added up.
template <class T>
inline void average_columns(T* column, const T* g, int64_t rows, int64_t columns, double weight, double added) {
  const T inverse = T(1 / double(rows)), w = T(weight), plus = T(added);
  const int64_t vectors = (columns + lanes<T> - 1) / lanes<T>;
  parallel(vectors, chunk_rows(rows * lanes<T>), [&](int64_t begin, int64_t end) {
    for (int64_t v = begin; v < end; ++v) {
      const int64_t at = v * lanes<T>, count = columns - at < lanes<T> ? columns - at : lanes<T>;
      Vector<T> sum{};
      for (int64_t from = 0; from < rows; from += 64) {
        Vector<T> part{};
        for (int64_t r = from; r < rows && r < from + 64; ++r) {
          const Vector<T> value = load_some(g + r * columns + at, count);
          part = fma(value, value, part);
        }
        sum += part;
      }
      const Vector<T> before = load_some(column + at, count);
      store_some<T>(column + at, fma(sum * inverse + plus - before, broadcast(w), before), count);
    }
  });
}

/// The gradient over the root of the mean squares, which are a row's number times a column's, or kept as they are.
template <class T>
struct Update {
  const T *g, *row, *column;  // without rows the columns are all there is
  const double* scales;       // what a matrix's rows are multiplied with
  int64_t rows, columns;
  T floor, sign;

  /// Calls f(first, lane, u) for [begin, end), where the lane counts from `first`.
  template <class F>
  void for_elements(int64_t begin, int64_t end, const F& f) const {
    while (begin < end) {
      const int64_t r = begin / columns, first = r * columns, rest = end - first;
      const T of_row = row ? T(double(row[r]) * scales[r / rows]) : T(1);
      const T* const of_column = row ? column + r / rows * columns : column;
      for_lanes<T>(begin - first, rest < columns ? rest : columns, [&](Lane<T> lane) {
        const Vector<T> v = maximum<Vector<T>>(of_row * lane.load(of_column), broadcast(floor));
        f(first, lane, sign * lane.load(g + first) / sqrt(v));
      });
      begin = first + columns;
    }
  }

  double mean_square(int64_t size) const {
    const auto piece = [this](const T*, int64_t begin, int64_t end) {
      Vector<T> sum{};
      for_elements(begin, end, [&](int64_t, Lane<T> lane, Vector<T> u) {
        u = first_of<T>(u, lane.count);
        sum = fma(u, u, sum);
      });
      return double(sum_lanes<T>(sum));
    };
    return fold(g, size, piece, [](double a, double b) { return a + b; }) / double(size);
  }
};

/// One parameter, a stack of matrices; without `row` one row, whose mean squares `column` keeps as they are. hyper:
/// learning rate, decay of beta2, epsilon 1 (NaN for the dtype's own), epsilon 2, d, weight decay, which is decoupled.
/// With w = t^beta2_decay
///   row += w (mean of rows of g^2 - row); column likewise; v = row column / mean(row), or column
///   u = g / sqrt(v); p -= max(epsilon 2, rms(p)) min(rate, 1 / sqrt(t)) u / max(1, rms(u) / d)
/// PyTorch: mean(row) is at least epsilon 1, v its square; rms(p) before weight decay.
/// Keras: epsilon 1 is added to every g^2; rms(p) after weight decay.
/// Shazeer and Stern 2018.
template <class T>
void adafactor(InOut<T> parameter, InOut<T> row, InOut<T> column, InOut<int64_t> step, In<T> gradient, In<double> hyper,
               int64_t maximize, int64_t keras) {
  const double* const h = hyper.data();
  const double epsilon = h[2] == h[2] ? h[2] : double(std::numeric_limits<T>::epsilon());
  const double added = keras ? epsilon : 0, least = keras ? 0 : epsilon, shrink = 1 - h[0] * h[5];
  const double t = double(++step.data()[0]), weight = __builtin_pow(t, h[1]), most = 1 / __builtin_sqrt(t);
  const int64_t size = parameter.size(), rows = parameter.shape(-2), columns = parameter.shape(-1);
  if (size == 0) return;
  T* const p = parameter.data();
  const T* const g = gradient.data();
  const double rms = __builtin_sqrt(sum_of_squares<T>(p, size) / double(size)) * (keras ? __builtin_fabs(shrink) : 1);
  const int64_t matrices = size / (rows * columns);
  double* const scales = static_cast<double*>(scratch(1, matrices * int64_t(sizeof(double))));
  for (int64_t b = 0; b < matrices; ++b)
    average_columns(column.data() + b * columns, g + b * rows * columns, rows, columns, weight, added);
  if (row) {
    average_rows(row.data(), g, matrices * rows, columns, weight, added);
    for (int64_t b = 0; b < matrices; ++b) {
      double mean = 0;
      for (int64_t r = 0; r < rows; ++r) mean += double(row.data()[b * rows + r]);
      mean /= double(rows);
      scales[b] = 1 / (mean < least ? least : mean);
    }
  }
  const Update<T> update{g,    row.data(), column.data(),    scales,
                         rows, columns,    T(least * least), maximize ? T(-1) : T(1)};
  const double beyond = __builtin_sqrt(update.mean_square(size)) / h[4];
  const double alpha = (rms > h[3] ? rms : h[3]) * (h[0] < most ? h[0] : most);
  const T rate = T(beyond > 1 ? alpha / beyond : alpha), kept = T(shrink);
  parallel(size, segment_chunk, [&](int64_t begin, int64_t end) {
    update.for_elements(begin, end, [&](int64_t first, Lane<T> lane, Vector<T> u) {
      lane.store(p + first, kept * lane.load(p + first) - rate * u);
    });
  });
}

}  // namespace
}  // namespace mushin
