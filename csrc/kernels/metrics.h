// Running totals of a training loop, kept in doubles that the kernels add to. What a row adds is computed by chunks of
// rows and then added row after row, so that totals do not depend on threads.
//
// `weights(g)` are those of r rows: r is a multiple of g, and each weight is that of r / g rows one after the other.
#pragma once
#include <limits>

#include "arguments.h"
#include "copy.h"

namespace mushin {
namespace {

template <class T>
inline double weight_of(In<T> weights, int64_t row, int64_t rows) {
  return weights && weights.shape(0) > 0 ? double(weights.data()[row * weights.shape(0) / rows]) : 1.0;
}

/// total[0] += the sum of value(row) * weight, total[1] += the sum of weights; `value` is called in parallel.
template <class T, class F>
inline void add_rows(InOut<double> total, Out<double> values, In<T> weights, double factor, int64_t width,
                     const F& value) {
  const int64_t rows = values.shape(0);
  double* const to = values.data();
  parallel(rows, chunk_rows(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) to[row] = value(row);
  });
  double sum = 0, count = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const double weight = factor * weight_of(weights, row, rows);
    sum += to[row] * weight;
    count += weight;
  }
  total.data()[0] += sum;
  total.data()[1] += count;
}

/// The mean of f(i) for i below n: several sums at once, which do not wait for each other.
template <class F>
inline double mean_of(int64_t n, const F& f) {
  constexpr int64_t together = 8;
  double sums[together] = {};
  int64_t i = 0;
  for (; i + together <= n; i += together)
    for (int64_t k = 0; k < together; ++k) sums[k] += f(i + k);
  for (; i < n; ++i) sums[i % together] += f(i);
  double sum = 0;
  for (int64_t k = 0; k < together; ++k) sum += sums[k];
  return sum / double(n);
}

/// Each row counts with its mean: total[0] += factor * weight * mean, total[1] += factor * weight.
template <class T>
void add_weighted(InOut<double> total, Out<double> rows, In<T> values, In<T> weights, double factor) {
  const int64_t width = values.shape(1);
  add_rows<T>(total, rows, weights, factor, width, [&](int64_t row) {
    const T* const from = values.data() + row * width;
    return mean_of(width, [&](int64_t i) { return double(from[i]); });
  });
}

/// The same of the share of a row's elements that agree with the target: those on the same side of the threshold as a
/// target of 1 or 0 says, or, if the threshold is NaN, those that are equal.
template <class T>
void add_agreeing(InOut<double> total, Out<double> rows, In<T> outputs, In<T> target, In<T> weights, double threshold) {
  const int64_t width = outputs.shape(1);
  const T limit = T(threshold);
  add_rows<T>(total, rows, weights, 1.0, width, [&](int64_t row) {
    const T *const from = outputs.data() + row * width, *const to = target.data() + row * width;
    if (threshold != threshold) return mean_of(width, [&](int64_t i) { return double(from[i] == to[i]); });
    return mean_of(width, [&](int64_t i) { return double(T(from[i] > limit) == to[i]); });
  });
}

/// The first largest element; a NaN is the largest.
template <class T>
inline int64_t first_largest(const T* row, int64_t n) {
  int64_t best = 0;
  for (int64_t i = 1; i < n; ++i)
    if (row[i] > row[best] || (row[i] != row[i] && row[best] == row[best])) best = i;
  return best;
}

/// total[0] += weights of rows whose target is right, total[1] += weights. It is right if it is at the row's first
/// largest score; or, where `among` is not 0, if its score is finite and fewer than `among` are larger.
template <class T>
void add_correct(InOut<double> total, Out<double> rows, In<T> scores, In<int64_t> target, In<T> weights,
                 int64_t among) {
  const int64_t classes = scores.shape(1);
  add_rows<T>(total, rows, weights, 1.0, classes, [&](int64_t row) {
    const T* const from = scores.data() + row * classes;
    const int64_t id = target.data()[row];
    if (among == 0) return double(classes > 0 && first_largest(from, classes) == id);
    if (id < 0 || id >= classes || from[id] - from[id] != T(0)) return 0.0;
    int64_t larger = 0;
    for (int64_t i = 0; i < classes; ++i) larger += from[i] > from[id];
    return double(larger < among);
  });
}

/// The bucket of a score: how many thresholds but the first, which rise, are below it; 0 of NaN.
inline int64_t bucket_of(double score, const double* thresholds, int64_t count) {
  int64_t low = 0, high = count - 1;  // the bucket lies in [low, high]
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (score > thresholds[middle])
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

/// Puts those elements of a row into bucket 0 that are not among its largest; of equal ones the first are.
template <class T>
inline void keep_largest(const T* row, int64_t* buckets, int64_t n, int64_t among) {
  int64_t last = -1;  // the smallest of the largest so far
  const auto comes_before = [&](int64_t i, int64_t j) { return row[i] > row[j] || (row[i] == row[j] && i < j); };
  for (int64_t k = 0; k < among && k < n; ++k) {
    int64_t next = -1;
    for (int64_t i = 0; i < n; ++i)
      if ((last < 0 || comes_before(last, i)) && row[i] == row[i] && (next < 0 || row[i] > row[next])) next = i;
    if (next < 0) break;
    last = next;
  }
  for (int64_t i = 0; i < n; ++i)
    if (last < 0 || (i != last && !comes_before(i, last))) buckets[i] = 0;
}

/// counts[c, b, target != 0] += weights of the outputs of column c in bucket b, from which follow the true and false
/// positives and negatives of every threshold. Outputs above thresholds[b], and not above the next, are in bucket b;
/// the first threshold is not read: those that are above none are in bucket 0. Where `among` is not 0, so are those
/// that are not among the `among` largest of their row.
template <class T>
void add_counts(InOut<double> counts, Out<int64_t> buckets, In<T> outputs, In<T> target, In<double> thresholds,
                In<T> weights, int64_t among) {
  const int64_t rows = outputs.shape(0), columns = outputs.shape(1), count = thresholds.shape(0);
  if (count == 0) return;
  parallel(rows, chunk_rows(8 * columns), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* const from = outputs.data() + row * columns;
      int64_t* const to = buckets.data() + row * columns;
      for (int64_t i = 0; i < columns; ++i) to[i] = bucket_of(double(from[i]), thresholds.data(), count);
      if (among != 0) keep_largest(from, to, columns, among);
    }
  });
  parallel(columns, 1 + chunk_elements / (8 * rows + 1), [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows; ++row) {
      const double weight = weight_of(weights, row, rows);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = row * columns + i;
        counts.data()[(i * count + buckets.data()[at]) * 2 + (target.data()[at] != T(0))] += weight;
      }
    }
  });
}

/// counts[target, first largest score] += weights of the rows.
template <class T>
void add_confusion(InOut<double> counts, Out<int64_t> bad, Out<int64_t> picked, In<T> scores, In<int64_t> target,
                   In<T> weights) {
  const int64_t rows = scores.shape(0), classes = scores.shape(1);
  if (!ids_in_range(bad, target, 0, classes)) return;
  parallel(rows, chunk_rows(classes), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      picked.data()[row] = first_largest(scores.data() + row * classes, classes);
  });
  for (int64_t row = 0; row < rows; ++row)
    counts.data()[target.data()[row] * classes + picked.data()[row]] += weight_of(weights, row, rows);
}

/// For each column: sums[0] += weights, sums[1] += weighted target, sums[2] += its square, sums[3] += the squared
/// difference of target and output.
template <class T>
void add_moments(InOut<double> sums, In<T> outputs, In<T> target, In<T> weights) {
  const int64_t rows = outputs.shape(0), columns = outputs.shape(1);
  double* const to = sums.data();
  parallel(columns, 1 + chunk_elements / (8 * rows + 1), [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows; ++row) {
      const double weight = weight_of(weights, row, rows);
      for (int64_t i = begin; i < end; ++i) {
        const double y = double(target.data()[row * columns + i]);
        const double difference = y - double(outputs.data()[row * columns + i]);
        to[i] += weight;
        to[columns + i] += weight * y;
        to[2 * columns + i] += weight * y * y;
        to[3 * columns + i] += weight * difference * difference;
      }
    }
  });
}

}  // namespace
}  // namespace mushin
