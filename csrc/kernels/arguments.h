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

}  // namespace
}  // namespace mushin
