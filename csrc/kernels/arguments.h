// The types in a kernel's signature, from which the door knows what to check, and the trampoline that turns a
// launch's slots into them. A kernel is
//     template <class T> void name(Out<T> y, ..., In<T> x, ..., double p)
// with outputs first, then saved statistics, inputs, numbers.
#pragma once
#include "../core/parallel.h"
#include "../core/view.h"
#include "../simd/vector.h"

namespace mushin {
namespace {

template <class T>
constexpr Dtype dtype_of = Dtype::any;
template <>
constexpr Dtype dtype_of<float> = Dtype::float32;
template <>
constexpr Dtype dtype_of<double> = Dtype::float64;
template <>
constexpr Dtype dtype_of<int64_t> = Dtype::int64;
template <>
constexpr Dtype dtype_of<uint64_t> = Dtype::uint64;
template <>
constexpr Dtype dtype_of<uint8_t> = Dtype::uint8;
template <>
constexpr Dtype dtype_of<bool> = Dtype::bool8;

struct Any {};  // an argument of any dtype

/// What all array arguments share: typed access to a view.
template <class T>
struct Typed {
  const View* view;

  explicit operator bool() const { return view->data != nullptr; }
  int ndim() const { return view->ndim; }
  int64_t shape(int axis) const { return view->shape[axis < 0 ? axis + view->ndim : axis]; }
  int64_t stride(int axis) const { return view->strides[axis < 0 ? axis + view->ndim : axis]; }
  int64_t size() const {
    int64_t count = 1;
    for (int i = 0; i < view->ndim; ++i) count *= view->shape[i];
    return count;
  }
  T* data() const { return reinterpret_cast<T*>(view->data); }
};

/// Dense input: row-major without gaps.
template <class T>
struct In : Typed<const T> {};
/// Input with any strides.
template <class T>
struct StridedIn : Typed<const T> {};
/// Dense output; null where nobody wants it; adds to what is there if `accumulate()`.
template <class T>
struct Out : Typed<T> {
  bool accumulate() const { return this->view->accumulate; }
};
/// Output with any strides.
template <class T>
struct StridedOut : Typed<T> {
  bool accumulate() const { return this->view->accumulate; }
};
/// Dense array that is read and written in place.
template <class T>
struct InOut : Typed<T> {};

template <class Array>
struct List {
  const View* views;
  int64_t count;
  Array operator[](int64_t i) const { return Array{{views + i}}; }
};

template <class A>
struct Describe;
template <class T>
struct Describe<Out<T>> {
  static constexpr Argument argument{Role::output, true, false, dtype_of<T>};
};
template <class T>
struct Describe<StridedOut<T>> {
  static constexpr Argument argument{Role::output, false, false, dtype_of<T>};
};
template <class T>
struct Describe<InOut<T>> {
  static constexpr Argument argument{Role::inout, true, false, dtype_of<T>};
};
template <class T>
struct Describe<In<T>> {
  static constexpr Argument argument{Role::input, true, false, dtype_of<T>};
};
template <class T>
struct Describe<StridedIn<T>> {
  static constexpr Argument argument{Role::input, false, false, dtype_of<T>};
};
template <class A>
struct Describe<List<A>> {
  static constexpr Argument argument{Describe<A>::argument.role, Describe<A>::argument.dense, true,
                                     Describe<A>::argument.dtype};
};
template <>
struct Describe<double> {
  static constexpr Argument argument{Role::number, false, false, Dtype::any};
};
template <>
struct Describe<int64_t> {
  static constexpr Argument argument{Role::integer, false, false, Dtype::any};
};

template <class A>
struct FromSlot {
  static A get(const Slot& slot) { return A{{slot.views}}; }
};
template <class A>
struct FromSlot<List<A>> {
  static List<A> get(const Slot& slot) { return {slot.views, slot.count}; }
};
template <>
struct FromSlot<double> {
  static double get(const Slot& slot) { return slot.number; }
};
template <>
struct FromSlot<int64_t> {
  static int64_t get(const Slot& slot) { return slot.integer; }
};

template <auto kernel>
struct Entry;
template <class... A, void (*kernel)(A...)>
struct Entry<kernel> {
  static constexpr int count = sizeof...(A);
  static constexpr Argument arguments[] = {Describe<A>::argument...};

  template <int... index>
  static void call(const Slot* slots, Indices<index...>) {
    kernel(FromSlot<A>::get(slots[index])...);
  }
  static void launch(const Slot* slots) { call(slots, typename MakeIndices<count>::type{}); }
};

/// parallel_for for a lambda.
template <class F>
inline void parallel(int64_t n, int64_t chunk, const F& function) {
  parallel_for(
      n, chunk, [](void* context, int64_t begin, int64_t end) { (*static_cast<const F*>(context))(begin, end); },
      const_cast<void*>(static_cast<const void*>(&function)));
}

/// Elements that one chunk of a memory-bound loop covers: 64 KB of floats, several microseconds of work.
constexpr int64_t chunk_elements = 16384;

/// Rows of `width` elements in a chunk.
inline int64_t chunk_rows(int64_t width) {
  const int64_t rows = chunk_elements / (width > 0 ? width : 1);
  return rows > 0 ? rows : 1;
}

template <auto v>
struct Constant {
  static constexpr auto value = v;
};

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

/// The same with a way of writing. Past the caches it goes in bursts: a store that waits for the next results would
/// keep a buffer that loads need. What later bursts read comes in while this one is computed.
template <class T, Writing writing, class F, class... X>
inline void map_span(T* to, int64_t begin, int64_t end, const F& f, const X*... x) {
  if constexpr (writing == Writing::past_cache) {
    constexpr int64_t burst = 128, ahead = 4 * burst, line = 64 / sizeof(T);
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

/// y[i] = f(x[i], ...) over dense memory.
template <class T, class F, class... X>
inline void map_dense(T* y, bool accumulate, int64_t n, const F& f, const X*... x) {
  const Writing writing = writing_of<T>(n, accumulate);
  parallel(n, chunk_elements, [&](int64_t begin, int64_t end) {
    with_writing(writing, [&](auto constant) { map_span<T, decltype(constant)::value>(y, begin, end, f, x...); });
  });
}

}  // namespace
}  // namespace mushin
