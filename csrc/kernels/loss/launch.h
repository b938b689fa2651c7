// What the losses of single elements share: operands with any strides, weights, the sum or mean in the same pass as the
// losses, and all gradients in one pass.
#pragma once
#include "../reduce.h"
#include "../strided.h"

namespace mushin {
namespace {

// LossOperands that are not dense are gathered, and results are weighted and added up, a block at a time: it stays in
// the first-level cache, and the sum does not depend on layouts.
constexpr int64_t loss_block = 1024;

template <class T>
struct Numbers {
  T p, q, r;
};

/// Writes an expression of n elements of each operand.
template <class T>
using Expression = void (*)(T* to, const T* const* operands, Numbers<T> numbers, int64_t n);

template <class T>
struct LossOperand {
  const T* data;
  Walk<1> walk;
  bool dense;

  LossOperand(StridedIn<T> x) : data(x.data()), walk{}, dense(false) {
    if (!data) return;
    walk = merge_axes<1>({x.view});
    dense = walk.ndim == 1 && walk.strides[0][0] == 1;
  }
  explicit operator bool() const { return data != nullptr; }
  /// The elements [begin, begin + n), where they lie or in `room`.
  const T* block(int64_t begin, int64_t n, T* room) const {
    if (dense) return data + begin;
    if (!data) {
      for (int64_t i = 0; i < n; ++i) room[i] = T(1);
      return room;
    }
    const int64_t stride = walk.strides[0][walk.ndim - 1];
    T* to = room;
    for_spans(walk, begin, begin + n, [&](const int64_t* offsets, int64_t count) {
      const T* const from = data + offsets[0];
      for (int64_t i = 0; i < count; ++i) to[i] = from[i * stride];
      to += count;
    });
    return room;
  }
};

/// The operands of a launch and their weights.
template <class T, int count>
struct LossOperands {
  LossOperand<T> each[count];
  LossOperand<T> weight;
  Numbers<T> numbers;

  /// Calls f(begin, n, operands, weights) for the blocks of a chunk.
  template <class F>
  void for_blocks(int64_t begin, int64_t end, const F& f) const {
    alignas(64) T rooms[count + 1][loss_block];
    for (int64_t first = begin; first < end; first += loss_block) {
      const int64_t n = end - first < loss_block ? end - first : loss_block;
      const T* blocks[count];
      for (int k = 0; k < count; ++k) blocks[k] = each[k].block(first, n, rooms[k]);
      f(first, n, blocks, weight ? weight.block(first, n, rooms[count]) : nullptr);
    }
  }
};

template <class T>
inline void multiply_block(T* values, const T* factors, int64_t n) {
  map_plain<T, false>(values, 0, n, [](Vector<T> value, Vector<T> factor) { return value * factor; }, values, factors);
}

/// losses = the losses times their weights, total = scale times their sum; either may be left out.
template <class T, int count>
inline void losses_forward(Out<T> losses, Out<T> total, Expression<T> loss, const LossOperands<T, count>& operands,
                           int64_t size, double scale) {
  const int64_t chunks = (size + chunk_elements - 1) / chunk_elements;
  double* const partial = static_cast<double*>(scratch(0, (chunks + 1) * int64_t(sizeof(double))));
  const Writing writing = losses ? writing_of<T>(size, losses.accumulate()) : Writing::plain;
  parallel(size, chunk_elements, [&](int64_t begin, int64_t end) {
    double sum = 0;
    with_writing(writing, [&](auto way) {
      operands.for_blocks(begin, end, [&](int64_t first, int64_t n, const T* const* blocks, const T* weights) {
        alignas(64) T values[loss_block];
        loss(values, blocks, operands.numbers, n);
        if (weights) multiply_block<T>(values, weights, n);
        if (total) sum += sum_contiguous<T>(values, n);
        if (losses)
          map_span<T, decltype(way)::value>(losses.data() + first, 0, n, [](Vector<T> value) { return value; }, values);
      });
    });
    partial[begin / chunk_elements] = sum;
  });
  if (!total) return;
  double sum = 0;
  for (int64_t i = 0; i < chunks; ++i) sum += partial[i];
  put_one<T>(total.data(), T(sum * scale), total.accumulate());
}

/// gradients[k] = the derivative by operand k times dy, which is one number or one an element, scale and weights.
template <class T, int count>
inline void losses_backward(const Out<T> (&gradients)[count], const Expression<T> (&derivatives)[count], In<T> dy,
                            const LossOperands<T, count>& operands, int64_t size, double scale) {
  const bool many = dy.ndim() > 0;
  const T factor = T(scale) * (many ? T(1) : dy.data()[0]);
  parallel(size, chunk_elements, [&](int64_t begin, int64_t end) {
    operands.for_blocks(begin, end, [&](int64_t first, int64_t n, const T* const* blocks, const T* weights) {
      for (int k = 0; k < count; ++k) {
        if (!gradients[k]) continue;
        alignas(64) T values[loss_block];
        derivatives[k](values, blocks, operands.numbers, n);
        if (weights) multiply_block<T>(values, weights, n);
        if (many) multiply_block<T>(values, dy.data() + first, n);
        with_writing(writing_of<T>(size, gradients[k].accumulate()), [&](auto way) {
          const auto scaled = [factor](Vector<T> value) { return value * factor; };
          map_span<T, decltype(way)::value>(gradients[k].data() + first, 0, n, scaled, values);
        });
      }
    });
  });
}

/// to[i] = f(x[i], ...).
template <class T, class F, class... X>
inline void map_block(T* to, int64_t n, const F& f, const X*... x) {
  int64_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) store<T>(to + i, f(load<T>(x + i)...));
  if (i < n) store_first<T>(to + i, f(load_first<T>(x + i, n - i)...), n - i);
}

}  // namespace
}  // namespace mushin
