// The inner loops of the probes. This file is compiled once per ISA, with the flags of its kernels.
#include "../csrc/kernels/gemm/gemm.h"
#include "probe.h"

namespace mushin::bench {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int accumulators = 24;  // of 32 registers
#else
constexpr int accumulators = 12;  // of 16 registers
#endif
constexpr int width = 8;  // vectors that are read together
constexpr int64_t step = width * lanes<float>;

/// Makes the compiler believe that somebody reads this.
template <class V>
inline void keep(V& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

void multiply_add(int64_t rounds) {
  Vector<float> sums[accumulators] = {};
  Vector<float> factor = broadcast(0.5f), term = broadcast(1.0f);
  keep(factor);
  keep(term);
  const Vector<float> a = factor, b = term;
  for (int64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 24
    for (int i = 0; i < accumulators; ++i) sums[i] = fma(sums[i], a, b);
  keep(sums);
}

constexpr int64_t tile_depth = 256, a_panels = 8, b_panels = 16;
constexpr int64_t a_panel_size = tile_rows * tile_depth, b_panel_size = tile_columns<float> * tile_depth;

/// The inner loops of a product, with nothing around them: panels of b pass through the first-level cache, panels of a
/// come from the second, and one tile of c stays where it is.
void multiply_tiles(float* memory) {
  float* const a = memory;
  float* const b = a + a_panels * a_panel_size;
  float* const c = b + b_panels * b_panel_size;
  for (int64_t j = 0; j < b_panels; ++j)
    for (int64_t i = 0; i < a_panels; ++i)
      compute_tile<float, tile_rows, tile_vectors>({.k = tile_depth,
                                                    .a = {a + i * a_panel_size, 1, tile_rows},
                                                    .b = b + j * b_panel_size,
                                                    .b_row = tile_columns<float>,
                                                    .reading = Reading::packed,
                                                    .packed = nullptr,
                                                    .ahead = {},
                                                    .partial = nullptr,
                                                    .c = c,
                                                    .c_row = tile_columns<float>,
                                                    .columns = tile_columns<float>,
                                                    .add = true});
}

void read(const float* from, int64_t n) {
  Vector<float> sums[width] = {};
  for (int64_t i = 0; i + step <= n; i += step)
#pragma GCC unroll 8
    for (int k = 0; k < width; ++k) sums[k] += load(from + i + k * lanes<float>);
  keep(sums);
}

void copy(float* to, const float* from, int64_t n) {
  for (int64_t i = 0; i + step <= n; i += step)
#pragma GCC unroll 8
    for (int k = 0; k < width; ++k) store(to + i + k * lanes<float>, load(from + i + k * lanes<float>));
  asm volatile("" : : : "memory");
}

void copy_past_cache(float* to, const float* from, int64_t n) {
  for (int64_t i = 0; i + step <= n; i += step)
#pragma GCC unroll 8
    for (int k = 0; k < width; ++k) store_past_cache(to + i + k * lanes<float>, load(from + i + k * lanes<float>));
  finish_stores_past_cache();
}

}  // namespace

extern const ProbeTable MUSHIN_PROBE;
const ProbeTable MUSHIN_PROBE = {MUSHIN_ISA_NAME,
                                 2.0 * accumulators * lanes<float>,
                                 multiply_add,
                                 2.0 * double(a_panels * b_panels * tile_depth * tile_rows * tile_columns<float>),
                                 a_panels * a_panel_size + b_panels * b_panel_size + tile_rows * tile_columns<float>,
                                 multiply_tiles,
                                 read,
                                 copy,
                                 copy_past_cache};

}  // namespace mushin::bench
