// Random integers: uniform ones, permutations, truth values and draws from a distribution.
#pragma once
#include "random.h"

namespace mushin {
namespace {

__extension__ using Wide = unsigned __int128;

/// An integer in [0, count) from 64 random bits (Lemire 2019, without the rejection: one of 2^64 is at most too
/// likely).
inline uint64_t below(uint64_t count, uint64_t bits) { return uint64_t((Wide(bits) * count) >> 64); }

inline uint64_t long_word(Stream stream, int64_t position) {
  const PhiloxBits bits = philox(stream.seed, stream.launch, uint64_t(position));
  return uint64_t(bits.word[0]) << 32 | bits.word[1];
}

/// Uniform integers in [low, high).
inline void fill_integers(Out<int64_t> y, InOut<uint64_t> generator, int64_t low, int64_t high) {
  const Stream stream = next_stream(generator);
  const uint64_t range = uint64_t(high) - uint64_t(low);
  parallel(y.size(), chunk_elements, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y.data()[i] = int64_t(uint64_t(low) + below(range, long_word(stream, i)));
  });
}

/// The integers from 0 in random order (Fisher and Yates 1938).
inline void fill_permutation(Out<int64_t> y, InOut<uint64_t> generator) {
  const Stream stream = next_stream(generator);
  for (int64_t i = 0; i < y.size(); ++i) y.data()[i] = i;
  for (int64_t i = y.size() - 1; i > 0; --i) {
    const int64_t other = int64_t(below(uint64_t(i) + 1, long_word(stream, i)));
    const int64_t moved = y.data()[i];
    y.data()[i] = y.data()[other];
    y.data()[other] = moved;
  }
}

/// 1 with probability p, else 0.
template <class T>
void bernoulli(Out<T> y, InOut<uint64_t> generator, In<T> p) {
  const int64_t n = y.size();
  for_random_numbers<T>(next_stream(generator), n, [&](int64_t i, const double* numbers) {
    for (int64_t k = 0; k < 4 && i + k < n; ++k) y.data()[i + k] = T(numbers[k] < double(p.data()[i + k]));
  });
}

/// A row's weights as the leaves of a tree of sums: node k's children are 2 k and 2 k + 1, the root is 1.
struct SumTree {
  double* sums;
  int64_t leaves;

  void set(int64_t leaf, double weight) {
    int64_t node = leaves + leaf;
    sums[node] = weight;
    for (node /= 2; node > 0; node /= 2) sums[node] = sums[2 * node] + sums[2 * node + 1];
  }

  /// The leaf in which a share of the whole lies; one of weight 0 only if all are.
  int64_t find(double share) const {
    double rest = share * sums[1];
    int64_t node = 1;
    while (node < leaves) {
      node *= 2;
      if (rest < sums[node] || !(sums[node + 1] > 0)) continue;
      rest -= sums[node];
      ++node;
    }
    return node - leaves;
  }
};

/// y[r] = columns drawn with the probabilities weights[r] / sum(weights[r]); without replacement no column twice.
template <class T>
void multinomial(Out<int64_t> y, InOut<uint64_t> generator, In<T> weights, int64_t replacement) {
  const Stream stream = next_stream(generator);
  const int64_t columns = weights.shape(1), draws = y.shape(1);
  int64_t leaves = 1;
  while (leaves < columns) leaves *= 2;
  parallel(weights.shape(0), chunk_rows(columns), [&](int64_t begin, int64_t end) {
    SumTree tree{static_cast<double*>(scratch(0, 2 * leaves * int64_t(sizeof(double)))), leaves};
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t i = 0; i < leaves; ++i)
        tree.sums[leaves + i] = i < columns ? double(weights.data()[row * columns + i]) : 0;
      for (int64_t node = leaves - 1; node > 0; --node) tree.sums[node] = tree.sums[2 * node] + tree.sums[2 * node + 1];
      for (int64_t k = 0; k < draws; ++k) {
        const double share = double(long_word(stream, row * draws + k) >> 11) * 0x1p-53;
        const int64_t drawn = tree.find(share);
        y.data()[row * draws + k] = drawn;
        if (!replacement) tree.set(drawn, 0);
      }
    }
  });
}

}  // namespace
}  // namespace mushin
