// Kernels that draw random numbers. A generator is two numbers, (seed, counter): each launch takes the counter's
// present value as its own and leaves the next one, so that no two launches share a stream and a replayed launch
// takes a new one.
#pragma once
#include "../core/philox.h"
#include "map.h"

namespace mushin {
namespace {

struct Stream {
  uint64_t seed, launch;
};

inline Stream next_stream(InOut<uint64_t> generator) {
  // Two Python threads may share a generator.
  return {generator.data()[0], __atomic_fetch_add(generator.data() + 1, 1, __ATOMIC_RELAXED)};
}

/// Calls f(i, words) for each group of four elements [i, i + 4) of n.
template <class F>
inline void for_random_words(Stream stream, int64_t n, const F& f) {
  static_assert(chunk_elements % 4 == 0);
  parallel(n, chunk_elements, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += 4) f(i, philox(stream.seed, stream.launch, uint64_t(i) / 4));
  });
}

template <class T>
inline void apply_dropout(T* to, bool accumulate, const T* from, int64_t n, Stream stream, double p) {
  const uint64_t dropped = uint64_t(p * 4294967296.0);  // of 2^32 words
  const T scale = p < 1 ? T(1 / (1 - p)) : T(0);
  for_random_words(stream, n, [&](int64_t i, PhiloxBits bits) {
    for (int64_t k = 0; k < 4 && i + k < n; ++k) {
      const T value = bits.word[k] >= dropped ? from[i + k] * scale : T(0);
      to[i + k] = accumulate ? to[i + k] + value : value;
    }
  });
}

/// y = x / (1 - p) where a word of the stream keeps it, else 0; `stream` is what backward draws the mask from again.
template <class T>
void dropout_forward(Out<T> y, Out<uint64_t> stream, InOut<uint64_t> generator, In<T> x, double p) {
  const Stream mine = next_stream(generator);
  stream.data()[0] = mine.seed;
  stream.data()[1] = mine.launch;
  apply_dropout<T>(y.data(), false, x.data(), x.size(), mine, p);
}

template <class T>
void dropout_backward(Out<T> dx, In<T> dy, In<uint64_t> stream, double p) {
  if (!dx) return;
  apply_dropout<T>(dx.data(), dx.accumulate(), dy.data(), dy.size(), {stream.data()[0], stream.data()[1]}, p);
}

/// Calls f(i, numbers) for each group of four elements [i, i + 4) of n, with numbers in [0, 1): 24 random bits each for
/// a float, 53 for a double.
template <class T, class F>
inline void for_random_numbers(Stream stream, int64_t n, const F& f) {
  for_random_words(stream, n, [&](int64_t i, PhiloxBits bits) {
    constexpr uint64_t second_half = uint64_t(1) << 63;  // of the positions, which no element reaches
    const PhiloxBits more = sizeof(T) == 8 ? philox(stream.seed, stream.launch, second_half | uint64_t(i) / 4) : bits;
    double numbers[4];
    for (int k = 0; k < 4; ++k)
      numbers[k] = sizeof(T) == 8 ? double((uint64_t(bits.word[k]) << 21) | (more.word[k] >> 11)) * 0x1p-53
                                  : double(bits.word[k] >> 8) * 0x1p-24;
    f(i, numbers);
  });
}

/// Uniform in [low, high]: rounding to T may reach `high`.
template <class T>
void fill_uniform(Out<T> y, InOut<uint64_t> generator, double low, double high) {
  const int64_t n = y.size();
  for_random_numbers<T>(next_stream(generator), n, [&](int64_t i, const double* numbers) {
    for (int64_t k = 0; k < 4 && i + k < n; ++k) y.data()[i + k] = T(low + (high - low) * numbers[k]);
  });
}

/// Normal with the given mean and deviation, two at a time (Box and Muller 1958).
template <class T>
void fill_normal(Out<T> y, InOut<uint64_t> generator, double mean, double deviation) {
  const int64_t n = y.size();
  for_random_words(next_stream(generator), n, [&](int64_t i, PhiloxBits bits) {
    for (int64_t k = 0; k < 4 && i + k < n; k += 2) {
      const double radius = __builtin_sqrt(-2 * __builtin_log((double(bits.word[k]) + 0.5) / 4294967296.0));
      const double angle = 6.283185307179586 * (double(bits.word[k + 1]) / 4294967296.0);
      y.data()[i + k] = T(mean + deviation * radius * __builtin_cos(angle));
      if (i + k + 1 < n) y.data()[i + k + 1] = T(mean + deviation * radius * __builtin_sin(angle));
    }
  });
}

}  // namespace
}  // namespace mushin
