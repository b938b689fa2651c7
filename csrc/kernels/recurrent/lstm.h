// LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000): a whole sequence in one launch.
//     i, f, o = sigmoid(...), g = tanh(...) of the blocks of gates + h W' + bias
//     c = f c + i g,  h = o tanh(c)
// The gates come in as the input's part of these sums and go out as the gates, for the way back.
#pragma once
#include "steps.h"

namespace mushin {
namespace {

/// c of rows of `columns` units, and h; the rows' gates lie `width` units apart.
template <class T>
inline void finish_lstm_step(T* gates, int64_t width, const T* bias, const T* before, T* cells, T* hidden, int64_t rows,
                             int64_t columns) {
  for_vectors<T>(rows, columns, [&](int64_t r, int64_t j, int64_t count) {
    T* const at = gates + 4 * r * width + j;
    const auto sum = [&](int64_t gate) {
      const Vector<T> value = load_some<T>(at + gate * width, count);
      return bias ? value + load_some<T>(bias + gate * width + j, count) : value;
    };
    const Vector<T> i = math::sigmoid<T>(sum(0)), f = math::sigmoid<T>(sum(1)), g = math::tanh<T>(sum(2));
    const Vector<T> o = math::sigmoid<T>(sum(3));
    const Vector<T> c = fma(f, load_some<T>(before + r * width + j, count), i * g);
    const Vector<T> parts[] = {i, f, g, o};
    for (int64_t gate = 0; gate < 4; ++gate) store_some<T>(at + gate * width, parts[gate], count);
    store_some<T>(cells + r * width + j, c, count);
    store_some<T>(hidden + r * width + j, o * math::tanh<T>(c), count);
  });
}

template <class T>
void lstm_forward(Out<int64_t> bad_begins, Out<int64_t> bad_order, Out<T> hidden, Out<T> cells, Out<T> last_hidden,
                  Out<T> last_cell, InOut<T> gates, In<int64_t> begins, In<int64_t> order, In<T> first_hidden,
                  In<T> first_cell, StridedIn<T> weight, In<T> bias) {
  const Steps steps = steps_of(begins, order);
  if (!steps.fit(bad_begins, gates.shape(0)) || !ids_in_range(bad_order, order, 0, steps.samples)) return;
  const int64_t width = hidden.shape(1);
  const auto panels = packed_panels<T>(3, {weight.data(), weight.stride(1), weight.stride(0)}, width, width, 4);
  const State<T> hidden_state{hidden.data(), first_hidden.data(), width};
  const State<T> cell_state{cells.data(), first_cell.data(), width};
  for_groups(steps, 4 * width * width, [&](int64_t first, int64_t last) {
    T* const memory = static_cast<T*>(scratch(0, 2 * (last - first) * width * int64_t(sizeof(T))));
    for_steps(steps, first, last, [&](int64_t s, int64_t rows) {
      const int64_t row = steps.begins[s] + first;
      const T* const h = hidden_state.before(steps, s, first, rows, memory);
      const T* const c = cell_state.before(steps, s, first, rows, memory + (last - first) * width);
      for (int64_t block = 0; block < panels.blocks(); ++block) {
        const int64_t unit = block * panels.width, columns = panels.columns(block);
        T* const at = gates.data() + 4 * row * width + unit;
        for (int64_t gate = 0; gate < 4; ++gate)
          add_product<T>({at + gate * width, 4 * width, 1}, {h, width, 1}, rows, panels.at(block, gate), width,
                         columns);
        finish_lstm_step<T>(at, width, bias ? bias.data() + unit : nullptr, c + unit, cells.data() + row * width + unit,
                            hidden.data() + row * width + unit, rows, columns);
      }
    });
  });
  write_last<T>(last_hidden, hidden_state, steps);
  write_last<T>(last_cell, cell_state, steps);
}

/// The gradients of the sums in the gates. That of c after the step becomes that before it; that of h is used up.
template <class T>
inline void step_lstm_back(T* dgates, const T* gates, int64_t width, T* dhidden, T* dcell, const T* cells,
                           const T* before, int64_t rows, int64_t columns) {
  for_vectors<T>(rows, columns, [&](int64_t r, int64_t j, int64_t count) {
    const int64_t at = r * width + j;
    const auto gate = [&](int64_t n) { return load_some<T>(gates + (4 * r + n) * width + j, count); };
    const Vector<T> i = gate(0), f = gate(1), g = gate(2), o = gate(3);
    const Vector<T> dh = load_some<T>(dhidden + at, count), tanh_c = math::tanh<T>(load_some<T>(cells + at, count));
    const Vector<T> dc = fma(dh * o, T(1) - tanh_c * tanh_c, load_some<T>(dcell + at, count));
    const Vector<T> parts[] = {dc * g * (i * (T(1) - i)), dc * load_some<T>(before + at, count) * (f * (T(1) - f)),
                               dc * i * (T(1) - g * g), dh * tanh_c * (o * (T(1) - o))};
    for (int64_t n = 0; n < 4; ++n) store_some<T>(dgates + (4 * r + n) * width + j, parts[n], count);
    store_some<T>(dcell + at, dc * f, count);
    store_some<T>(dhidden + at, Vector<T>{}, count);
  });
}

template <class T>
void lstm_backward(Out<int64_t> bad_begins, Out<int64_t> bad_order, Out<T> dgates, Out<T> dfirst_hidden,
                   Out<T> dfirst_cell, Out<T> dbias, In<T> dhidden, In<T> dlast_hidden, In<T> dlast_cell, In<T> gates,
                   In<T> cells, In<int64_t> begins, In<int64_t> order, In<T> first_cell, StridedIn<T> weight) {
  const Steps steps = steps_of(begins, order);
  if (!steps.fit(bad_begins, gates.shape(0)) || !ids_in_range(bad_order, order, 0, steps.samples)) return;
  const int64_t width = cells.shape(1);
  const auto panels = packed_panels<T>(3, {weight.data(), weight.stride(0), weight.stride(1)}, 4 * width, width, 1);
  const State<T> cell_state{const_cast<T*>(cells.data()), first_cell.data(), width};
  for_groups(steps, 4 * width * width, [&](int64_t first, int64_t last) {
    const int64_t size = (last - first) * width;
    T* const memory = static_cast<T*>(scratch(0, 3 * size * int64_t(sizeof(T))));
    const HiddenGradient<T> dh{{memory, width}, panels, dgates.data(), 4 * width};
    const StateGradient<T> dc{memory + size, width};
    dh.start(dlast_hidden, steps, first, last);
    dc.start(dlast_cell, steps, first, last);
    for_steps_back(steps, first, last, [&](int64_t s, int64_t rows, int64_t later) {
      const int64_t row = steps.begins[s] + first;
      const T* const c = cell_state.before(steps, s, first, rows, memory + 2 * size);
      for (int64_t block = 0; block < panels.blocks(); ++block) {
        const int64_t unit = block * panels.width;
        dh.add(dhidden, steps, s, first, rows, later, block);
        step_lstm_back<T>(dgates.data() + 4 * row * width + unit, gates.data() + 4 * row * width + unit, width,
                          dh.memory + unit, dc.memory + unit, cells.data() + row * width + unit, c + unit, rows,
                          panels.columns(block));
      }
    });
    dh.finish(dfirst_hidden, steps, first, last);
    dc.finish(dfirst_cell, steps, first, last);
  });
  sum_rows<T>(dbias, dgates.data(), steps.tokens(), 4 * width);
}

}  // namespace
}  // namespace mushin
