// GRU (Cho et al. 2014), a whole sequence in one launch, in two forms:
//     r, z = sigmoid(...) of their blocks of gates + h W' + bias
//     n = tanh(gates + r (h W' + bias)), the reset gate after the product, as PyTorch's and Keras' reset_after
//     n = tanh(gates + (r h) W' + bias), before it, as in the paper
//     h = n + z (h - n)
// The gates come in as the input's part of these sums and go out as the gates, for the way back. The blocks are r, z, n
// or, if `update_first`, z, r, n.
#pragma once
#include "steps.h"

namespace mushin {
namespace {

/// Where the blocks of the gates lie.
struct GruGates {
  int64_t reset, update, candidate;
  explicit GruGates(int64_t width, int64_t update_first)
      : reset(update_first ? width : 0), update(update_first ? 0 : width), candidate(2 * width) {}
};

/// `product` is what the reset gate is there for: h W' + bias of the candidate's block, which r multiplies, or r h.
template <class T>
void gru_forward(Out<int64_t> bad_begins, Out<int64_t> bad_order, Out<T> hidden, Out<T> product, Out<T> last_hidden,
                 InOut<T> gates, In<int64_t> begins, In<int64_t> order, In<T> first_hidden, StridedIn<T> weight,
                 In<T> bias, int64_t reset_after, int64_t update_first) {
  const Steps steps = steps_of(begins, order);
  if (!steps.fit(bad_begins, gates.shape(0)) || !ids_in_range(bad_order, order, 0, steps.samples)) return;
  const int64_t width = hidden.shape(1), stride = 3 * width;
  const GruGates blocks(width, update_first);
  const auto panels = packed_panels<T>(3, {weight.data(), weight.stride(1), weight.stride(0)}, width, width, 3);
  const State<T> state{hidden.data(), first_hidden.data(), width};
  for_groups(steps, 3 * width * width, [&](int64_t first, int64_t last) {
    T* const memory = static_cast<T*>(scratch(0, (last - first) * width * int64_t(sizeof(T))));
    for_steps(steps, first, last, [&](int64_t s, int64_t rows) {
      const T* const before = state.before(steps, s, first, rows, memory);
      const int64_t row = steps.begins[s] + first;
      T *const sums = gates.data() + row * stride, *const products = product.data() + row * width;
      T* const after = hidden.data() + row * width;
      const auto bias_of = [&](int64_t column, int64_t count) {
        return bias ? load_some<T>(bias.data() + column, count) : Vector<T>{};
      };
      const auto finish_gate = [&](T* at, int64_t column, int64_t count) {
        const Vector<T> gate = math::sigmoid<T>(load_some<T>(at + column, count) + bias_of(column, count));
        store_some<T>(at + column, gate, count);
        return gate;
      };
      const auto finish = [&](T* at, int64_t r, int64_t j, int64_t count, Vector<T> n) {
        const Vector<T> z = finish_gate(at, blocks.update + j, count);
        const Vector<T> h = load_some<T>(before + r * width + j, count);
        store_some<T>(at + blocks.candidate + j, n, count);
        store_some<T>(after + r * width + j, fma(z, h - n, n), count);
      };
      for (int64_t block = 0; block < panels.blocks(); ++block) {
        const int64_t unit = block * panels.width, columns = panels.columns(block);
        for (int64_t part = 0; part < 2; ++part)
          add_product<T>({sums + part * width + unit, stride, 1}, {before, width, 1}, rows, panels.at(block, part),
                         width, columns);
        if (reset_after) {
          for_vectors<T>(rows, columns, [&](int64_t r, int64_t j, int64_t count) {
            store_some<T>(products + r * width + unit + j, bias_of(blocks.candidate + unit + j, count), count);
          });
          add_product<T>({products + unit, width, 1}, {before, width, 1}, rows, panels.at(block, 2), width, columns);
        }
        for_vectors<T>(rows, columns, [&](int64_t r, int64_t j, int64_t count) {
          T *const at = sums + r * stride, *const to = products + r * width + unit + j;
          const Vector<T> reset = finish_gate(at, blocks.reset + unit + j, count);
          if (reset_after)
            finish(at, r, unit + j, count,
                   math::tanh<T>(
                       fma(reset, load_some<T>(to, count), load_some<T>(at + blocks.candidate + unit + j, count))));
          else
            store_some<T>(to, reset * load_some<T>(before + r * width + unit + j, count), count);
        });
      }
      // Before the product, the reset gates of all units must be known.
      for (int64_t block = 0; block < panels.blocks() && !reset_after; ++block) {
        const int64_t unit = block * panels.width, columns = panels.columns(block), column = blocks.candidate + unit;
        add_product<T>({sums + column, stride, 1}, {products, width, 1}, rows, panels.at(block, 2), width, columns);
        for_vectors<T>(rows, columns, [&](int64_t r, int64_t j, int64_t count) {
          T* const at = sums + r * stride;
          finish(at, r, unit + j, count,
                 math::tanh<T>(load_some<T>(at + column + j, count) + bias_of(column + j, count)));
        });
      }
    });
  });
  write_last<T>(last_hidden, state, steps);
}

/// The gradients of both parts of the sums: of the input's, and, with the reset gate after the product, of the state's,
/// which are others in the candidate's block; before it they are the same.
template <class T>
void gru_backward(Out<int64_t> bad_begins, Out<int64_t> bad_order, Out<T> dgates, Out<T> dsums, Out<T> dfirst_hidden,
                  Out<T> dinput_bias, Out<T> dbias, In<T> dhidden, In<T> dlast_hidden, In<T> gates, In<T> product,
                  In<T> hidden, In<int64_t> begins, In<int64_t> order, In<T> first_hidden, StridedIn<T> weight,
                  int64_t update_first) {
  const Steps steps = steps_of(begins, order);
  if (!steps.fit(bad_begins, gates.shape(0)) || !ids_in_range(bad_order, order, 0, steps.samples)) return;
  const bool reset_after = bool(dsums);
  const int64_t width = hidden.shape(1), stride = 3 * width;
  const GruGates blocks(width, update_first);
  const auto panels = packed_panels<T>(3, {weight.data(), weight.stride(0), weight.stride(1)}, stride, width, 1);
  const State<T> state{const_cast<T*>(hidden.data()), first_hidden.data(), width};
  for_groups(steps, stride * width, [&](int64_t first, int64_t last) {
    const int64_t size = (last - first) * width;
    T* const memory = static_cast<T*>(scratch(0, 3 * size * int64_t(sizeof(T))));
    T* const dreset = memory + 2 * size;  // of r h
    const HiddenGradient<T> dh{
        {memory, width}, panels, reset_after ? dsums.data() : dgates.data(), reset_after ? stride : 2 * width};
    dh.start(dlast_hidden, steps, first, last);
    for_steps_back(steps, first, last, [&](int64_t s, int64_t rows, int64_t later) {
      const int64_t row = steps.begins[s] + first;
      const T* const before = state.before(steps, s, first, rows, memory + size);
      T *const to = dgates.data() + row * stride, *const to_sums = reset_after ? dsums.data() + row * stride : nullptr;
      const T* const from = gates.data() + row * stride;
      for (int64_t block = 0; block < panels.blocks(); ++block) {
        const int64_t unit = block * panels.width;
        dh.add(dhidden, steps, s, first, rows, later, block);
        for_vectors<T>(rows, panels.columns(block), [&](int64_t r, int64_t column, int64_t count) {
          const int64_t j = unit + column, at = r * stride + j;
          const Vector<T> reset = load_some<T>(from + at + blocks.reset, count);
          const Vector<T> z = load_some<T>(from + at + blocks.update, count);
          const Vector<T> n = load_some<T>(from + at + blocks.candidate, count);
          const Vector<T> h = load_some<T>(before + r * width + j, count);
          const Vector<T> gradient = load_some<T>(memory + r * width + j, count);
          const Vector<T> dz = gradient * (h - n) * (z * (T(1) - z));
          const Vector<T> dn = gradient * (T(1) - z) * (T(1) - n * n);
          store_some<T>(to + at + blocks.update, dz, count);
          store_some<T>(to + at + blocks.candidate, dn, count);
          store_some<T>(memory + r * width + j, gradient * z, count);
          if (!reset_after) return;
          const Vector<T> p = load_some<T>(product.data() + (row + r) * width + j, count);
          const Vector<T> dr = dn * p * (reset * (T(1) - reset));
          store_some<T>(to + at + blocks.reset, dr, count);
          store_some<T>(to_sums + at + blocks.reset, dr, count);
          store_some<T>(to_sums + at + blocks.update, dz, count);
          store_some<T>(to_sums + at + blocks.candidate, dn * reset, count);
        });
      }
      if (reset_after) return;
      __builtin_memset(static_cast<void*>(dreset), 0, size_t(rows * width) * sizeof(T));
      for (int64_t block = 0; block < panels.blocks(); ++block) {
        const int64_t unit = block * panels.width, columns = panels.columns(block);
        add_product<T>({dreset + unit, width, 1}, {to + blocks.candidate, stride, 1}, rows,
                       panels.at(block, 0) + blocks.candidate * panels.width, width, columns);
        for_vectors<T>(rows, columns, [&](int64_t r, int64_t column, int64_t count) {
          const int64_t j = unit + column, at = r * stride + blocks.reset + j;
          const Vector<T> reset = load_some<T>(from + at, count), d = load_some<T>(dreset + r * width + j, count);
          const Vector<T> h = load_some<T>(before + r * width + j, count);
          store_some<T>(to + at, d * h * (reset * (T(1) - reset)), count);
          T* const dh_at = memory + r * width + j;
          store_some<T>(dh_at, fma(d, reset, load_some<T>(dh_at, count)), count);
        });
      }
    });
    dh.finish(dfirst_hidden, steps, first, last);
  });
  sum_rows<T>(dinput_bias, dgates.data(), steps.tokens(), stride);
  sum_rows<T>(dbias, reset_after ? dsums.data() : dgates.data(), steps.tokens(), stride);
}

}  // namespace
}  // namespace mushin
