// The plain recurrent layer (Elman 1990): h = tanh(x + h W' + bias), or relu(...), a whole sequence in one launch. The
// input's part x of the sums comes in where h goes out.
#pragma once
#include "steps.h"

namespace mushin {
namespace {

template <class T>
void rnn_forward(Out<int64_t> bad_begins, Out<int64_t> bad_order, Out<T> last_hidden, InOut<T> hidden,
                 In<int64_t> begins, In<int64_t> order, In<T> first_hidden, StridedIn<T> weight, In<T> bias,
                 int64_t relu) {
  const Steps steps = steps_of(begins, order);
  if (!steps.fit(bad_begins, hidden.shape(0)) || !ids_in_range(bad_order, order, 0, steps.samples)) return;
  const int64_t width = hidden.shape(1);
  const auto panels = packed_panels<T>(3, {weight.data(), weight.stride(1), weight.stride(0)}, width, width, 1);
  const State<T> state{hidden.data(), first_hidden.data(), width};
  for_groups(steps, width * width, [&](int64_t first, int64_t last) {
    T* const memory = static_cast<T*>(scratch(0, (last - first) * width * int64_t(sizeof(T))));
    for_steps(steps, first, last, [&](int64_t s, int64_t rows) {
      const T* const h = state.before(steps, s, first, rows, memory);
      for (int64_t block = 0; block < panels.blocks(); ++block) {
        const int64_t unit = block * panels.width, columns = panels.columns(block);
        T* const at = hidden.data() + (steps.begins[s] + first) * width + unit;
        add_product<T>({at, width, 1}, {h, width, 1}, rows, panels.at(block, 0), width, columns);
        finish_rows<T>({at, width, 1}, rows, columns, bias ? bias.data() + unit : nullptr,
                       relu ? Activation::relu : Activation::tanh);
      }
    });
  });
  write_last<T>(last_hidden, state, steps);
}

template <class T>
void rnn_backward(Out<int64_t> bad_begins, Out<int64_t> bad_order, Out<T> dsums, Out<T> dfirst_hidden, Out<T> dbias,
                  In<T> dhidden, In<T> dlast_hidden, In<T> hidden, In<int64_t> begins, In<int64_t> order,
                  StridedIn<T> weight, int64_t relu) {
  const Steps steps = steps_of(begins, order);
  if (!steps.fit(bad_begins, hidden.shape(0)) || !ids_in_range(bad_order, order, 0, steps.samples)) return;
  const int64_t width = hidden.shape(1);
  const auto panels = packed_panels<T>(3, {weight.data(), weight.stride(0), weight.stride(1)}, width, width, 1);
  for_groups(steps, width * width, [&](int64_t first, int64_t last) {
    T* const memory = static_cast<T*>(scratch(0, (last - first) * width * int64_t(sizeof(T))));
    const HiddenGradient<T> dh{{memory, width}, panels, dsums.data(), width};
    dh.start(dlast_hidden, steps, first, last);
    for_steps_back(steps, first, last, [&](int64_t s, int64_t rows, int64_t later) {
      const int64_t row = steps.begins[s] + first;
      for (int64_t block = 0; block < panels.blocks(); ++block) {
        const int64_t unit = block * panels.width, columns = panels.columns(block);
        dh.add(dhidden, steps, s, first, rows, later, block);
        for_vectors<T>(rows, columns, [&](int64_t r, int64_t j, int64_t count) {
          const int64_t at = (row + r) * width + unit + j;
          const Vector<T> h = load_some<T>(hidden.data() + at, count);
          const Vector<T> slope = relu ? (h > T(0) ? broadcast(T(1)) : Vector<T>{}) : T(1) - h * h;
          T* const gradient = memory + r * width + unit + j;
          store_some<T>(dsums.data() + at, load_some<T>(gradient, count) * slope, count);
          store_some<T>(gradient, Vector<T>{}, count);
        });
      }
    });
    dh.finish(dfirst_hidden, steps, first, last);
  });
  sum_rows<T>(dbias, dsums.data(), steps.tokens(), width);
}

}  // namespace
}  // namespace mushin
