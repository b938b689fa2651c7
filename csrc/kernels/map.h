// Loops over dense memory that write f of what they read.
#pragma once
#include "arguments.h"

namespace mushin {
namespace {

/// Writes or adds `value`.
template <class T>
inline void put(T* to, Vector<T> value, bool accumulate) {
  store<T>(to, accumulate ? load<T>(to) + value : value);
}
template <class T>
inline void put_first(T* to, Vector<T> value, int64_t count, bool accumulate) {
  store_first<T>(to, accumulate ? load_first<T>(to, count) + value : value, count);
}

/// Adds the first `count` elements of `value`.
template <class T>
inline void add_some(T* to, Vector<T> value, int64_t count) {
  store_some<T>(to, load_some<T>(to, count) + value, count);
}

/// How a loop over dense memory writes its results.
enum class Writing { plain, adding, past_cache };

/// Results of so many bytes go past the caches, from which they would be gone before anybody reads them.
constexpr int64_t bytes_past_cache = int64_t(1) << 24;

/// For `n` results in spans that are long beside a vector.
template <class T>
inline Writing writing_of(int64_t n, bool accumulate) {
  if (accumulate) return Writing::adding;
  return n * int64_t(sizeof(T)) >= bytes_past_cache ? Writing::past_cache : Writing::plain;
}

/// Calls f(writing) with the way of writing as a constant: the loop inside is compiled for each.
template <class F>
inline void with_writing(Writing writing, const F& f) {
  switch (writing) {
    case Writing::plain: return f(Constant<Writing::plain>{});
    case Writing::adding: return f(Constant<Writing::adding>{});
    case Writing::past_cache: f(Constant<Writing::past_cache>{}); finish_stores_past_cache();
  }
}

template <class T>
inline void copy_past_cache(T* to, const T* from, int64_t n) {
  const int64_t beyond = int64_t(reinterpret_cast<uintptr_t>(to) % vector_bytes / sizeof(T));
  int64_t i = 0;
  for (; i < n && (beyond + i) % lanes<T> != 0; ++i) to[i] = from[i];
  for (; i + lanes<T> <= n; i += lanes<T>) store_past_cache<T>(to + i, load<T>(from + i));
  for (; i < n; ++i) to[i] = from[i];
}

/// to[i] = f(x[i], ...) for [begin, end), the last elements through masked vectors.
template <class T, bool adding, class F, class... X>
inline void map_plain(T* to, int64_t begin, int64_t end, const F& f, const X*... x) {
  constexpr int together = 4;  // vectors whose arithmetic overlaps
  int64_t i = begin;
  for (; i + together * lanes<T> <= end; i += together * lanes<T>)
#pragma GCC unroll 4
    for (int v = 0; v < together; ++v) put<T>(to + i + v * lanes<T>, f(load<T>(x + i + v * lanes<T>)...), adding);
  for (; i < end; i += lanes<T>) {
    const int64_t count = end - i < lanes<T> ? end - i : lanes<T>;
    put_first<T>(to + i, f(load_first<T>(x + i, count)...), count, adding);
  }
}

constexpr int64_t burst = 128;  // results that wait in the first-level cache to be added, or to go past the caches

/// The same with a way of writing. Past the caches it goes in bursts: a store that waits for the next results would
/// keep a buffer that loads need. What later bursts read comes in while this one is computed.
template <class T, Writing writing, class F, class... X>
inline void map_span(T* to, int64_t begin, int64_t end, const F& f, const X*... x) {
  if constexpr (writing == Writing::past_cache) {
    constexpr int64_t ahead = 4 * burst, line = 64 / sizeof(T);
    alignas(64) T results[burst];
    for (int64_t i = begin; i < end; i += burst) {
      const int64_t count = end - i < burst ? end - i : burst;
      for ([[maybe_unused]] int64_t j = i + ahead; j < i + ahead + burst; j += line) (prefetch(x + j), ...);
      map_plain<T, false>(results, 0, count, f, (x + i)...);
      copy_past_cache<T>(to + i, results, count);
    }
  } else {
    map_plain<T, writing == Writing::adding>(to, begin, end, f, x...);
  }
}

/// An elementwise op's arithmetic, y[i] = f(x[0][i], x[1][i], ...): all that is compiled for each op. The loops around
/// it, for every way of writing and every layout, are the same for all.
template <class T>
struct Block {
  void (*run)(const void* f, T* y, int64_t n, const T* const* x);
  const void* f;
};

template <class T, class F, int... index>
void run_block(const void* f, T* y, int64_t n, const T* const* x) {
  map_plain<T, false>(y, 0, n, *static_cast<const F*>(f), x[index]...);
}
template <class T, class F, int... index>
inline Block<T> block_in_order(Indices<index...>, const F& f) {
  return {&run_block<T, F, index...>, &f};
}
template <class T, int operands, class F>
inline Block<T> block_of(const F& f) {
  return block_in_order<T>(typename MakeIndices<operands>::type{}, f);
}

/// Where the operands of a block lie.
template <class T, int operands>
struct Operands {
  const T* x[operands > 0 ? operands : 1];

  Operands from(int64_t i) const {
    Operands moved = *this;
    for (int k = 0; k < operands; ++k) moved.x[k] += i;
    return moved;
  }
};

/// A block over n elements. What is added, or goes past the caches, waits in the first-level cache, a burst at a time.
template <class T, int operands>
void run_bursts(Block<T> block, Writing writing, T* y, int64_t n, Operands<T, operands> operand) {
  if (writing == Writing::plain) return block.run(block.f, y, n, operand.x);
  constexpr int64_t ahead = 4 * burst, line = 64 / sizeof(T);
  alignas(64) T results[burst];
  for (int64_t i = 0; i < n; i += burst) {
    const int64_t count = n - i < burst ? n - i : burst;
    if (writing == Writing::past_cache)
      for (int64_t j = i + ahead; j < i + ahead + burst; j += line)
        for (int k = 0; k < operands; ++k) prefetch(operand.x[k] + j);
    block.run(block.f, results, count, operand.from(i).x);
    if (writing == Writing::past_cache)
      copy_past_cache<T>(y + i, results, count);
    else
      for (int64_t k = 0; k < count; ++k) y[i + k] += results[k];
  }
}

template <class T, int operands>
void run_dense(Block<T> block, T* y, bool accumulate, int64_t n, Operands<T, operands> operand) {
  const Writing writing = writing_of<T>(n, accumulate);
  parallel(n, chunk_elements, [&](int64_t begin, int64_t end) {
    run_bursts<T, operands>(block, writing, y + begin, end - begin, operand.from(begin));
    if (writing == Writing::past_cache) finish_stores_past_cache();
  });
}

/// y[i] = f(x[i], ...) over dense memory.
template <class T, class F, class... X>
inline void map_dense(T* y, bool accumulate, int64_t n, const F& f, const X*... x) {
  run_dense<T, sizeof...(X)>(block_of<T, sizeof...(X)>(f), y, accumulate, n, {{x...}});
}

}  // namespace
}  // namespace mushin
