// Running totals of a training loop, kept in doubles that the kernels add to.
#pragma once
#include "arguments.h"

namespace mushin {
namespace {

/// total[0] += value * weight, total[1] += weight.
template <class T>
void add_weighted(InOut<double> total, In<T> value, double weight) {
  total.data()[0] += double(value.data()[0]) * weight;
  total.data()[1] += weight;
}

/// total[0] += rows of scores whose first largest element (a NaN is the largest) is at target, total[1] += rows.
template <class T>
void add_correct(InOut<double> total, In<T> scores, In<int64_t> target) {
  const int64_t rows = scores.shape(0), classes = scores.shape(1);
  int64_t correct = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const T* const from = scores.data() + row * classes;
    int64_t best = 0;
    for (int64_t i = 1; i < classes; ++i)
      if (from[i] > from[best] || (from[i] != from[i] && from[best] == from[best])) best = i;
    correct += best == target.data()[row];
  }
  total.data()[0] += double(correct);
  total.data()[1] += double(rows);
}

}  // namespace
}  // namespace mushin
