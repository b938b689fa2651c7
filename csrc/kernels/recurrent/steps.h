// What all recurrent layers share: the order of the steps, the division of samples among threads, and products of a
// step's rows with the packed recurrent weight.
//
// Samples do not depend on one another, so each thread takes some of them through all steps: nobody waits at a step. A
// thread's samples are neighbours in the order of lengths; their tokens at one step lie side by side, and those that
// come to an end leave at the end. A row's numbers do not depend on the rows that are computed with it, so no bit
// depends on the division.
#pragma once
#include "../gemm/gemm.h"

namespace mushin {
namespace {

/// Begins and order as of sequence_tokens. Everything is counted in packed order: sample i is the i-th longest.
struct Steps {
  const int64_t *begins, *order;
  int64_t count, samples;

  int64_t tokens() const { return begins[count]; }
  int64_t rows(int64_t step) const { return begins[step + 1] - begins[step]; }

  /// Whether they name no token and no sample beyond those that there are; otherwise it is noted for the door.
  bool fit(Out<int64_t> bad, int64_t tokens) const {
    int64_t* const report = bad.data();
    report[0] = -1;
    for (int64_t s = 0; s <= count && report[0] < 0; ++s) {
      const int64_t low = s == 0 ? 0 : begins[s - 1];
      const int64_t before = s == 0 ? 0 : s == 1 ? samples : begins[s - 1] - begins[s - 2];
      const int64_t high = low + before < tokens ? low + before : tokens;
      if (begins[s] < low || begins[s] > high)
        report[0] = s, report[1] = begins[s], report[2] = low, report[3] = high + 1;
    }
    return report[0] < 0;
  }
};

inline Steps steps_of(In<int64_t> begins, In<int64_t> order) {
  return {begins.data(), order.data(), begins.size() - 1, order.size()};
}

/// Calls f(first, last) for groups of samples that have about as many tokens each, on several threads if `work`,
/// multiply-adds for a token, makes it worth their while.
template <class F>
inline void for_groups(const Steps& steps, int64_t work, const F& f) {
  const int64_t threads = num_threads(), worthwhile = steps.tokens() * work / task_work;
  const int64_t wanted = worthwhile < threads ? worthwhile : threads;
  const int64_t groups = wanted < 1 ? 1 : wanted < steps.samples ? wanted : steps.samples;
  // Where each begins: sample i has a token at each of the first `length` steps.
  int64_t* const firsts = static_cast<int64_t*>(scratch(2, (groups + 1) * int64_t(sizeof(int64_t))));
  int64_t length = steps.count, tokens = 0, group = 0;
  for (int64_t i = 0; i < steps.samples; ++i) {
    while (length > 0 && steps.rows(length - 1) <= i) --length;
    while (group < groups && tokens * groups >= steps.tokens() * group) firsts[group++] = i;
    tokens += length;
  }
  while (group <= groups) firsts[group++] = steps.samples;
  parallel(groups, 1, [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; ++g)
      if (firsts[g] < firsts[g + 1]) f(firsts[g], firsts[g + 1]);
  });
}

/// How many of a group's samples take a step.
inline int64_t rows_between(const Steps& steps, int64_t step, int64_t first, int64_t last) {
  const int64_t rows = steps.rows(step);
  return rows <= first ? 0 : rows < last ? rows - first : last - first;
}

/// Calls f(step, rows) for the steps of a group.
template <class F>
inline void for_steps(const Steps& steps, int64_t first, int64_t last, const F& f) {
  for (int64_t s = 0; s < steps.count && steps.rows(s) > first; ++s) f(s, rows_between(steps, s, first, last));
}

/// Calls f(step, rows, later) from the last step to the first, where `later` of the rows take the next step, too.
template <class F>
inline void for_steps_back(const Steps& steps, int64_t first, int64_t last, const F& f) {
  int64_t later = 0;
  for (int64_t s = steps.count - 1; s >= 0; --s) {
    const int64_t rows = rows_between(steps, s, first, last);
    if (rows > 0) f(s, rows, later);
    later = rows;
  }
}

/// Calls f(r, j, count) for the vectors of rows.
template <class T, class F>
inline void for_vectors(int64_t rows, int64_t columns, const F& f) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < columns; j += lanes<T>) f(r, j, columns - j < lanes<T> ? columns - j : lanes<T>);
}

/// A weight as panels of tile_columns columns over all of its depth. `units` columns of `parts` blocks lie side by
/// side: the panels of the same units of all blocks follow one another, as they are used.
template <class T>
struct Panels {
  T* data;
  int64_t depth, units, parts;

  static constexpr int64_t width = tile_columns<T>;
  int64_t blocks() const { return (units + width - 1) / width; }
  int64_t columns(int64_t block) const { return units - block * width < width ? units - block * width : width; }
  const T* at(int64_t block, int64_t part) const { return data + (block * parts + part) * depth * width; }
  int64_t size() const { return blocks() * parts * depth * width; }

  void pack(Matrix<const T> weight) const {
    parallel(blocks() * parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t block = i / parts, part = i % parts;
        mushin::pack_b<T>(data + i * depth * width, weight.from(0, part * units + block * width), depth,
                          columns(block));
      }
    });
  }
};

/// Panels in the memory of a slot of the calling thread's scratch, which all threads of the launch read.
template <class T>
inline Panels<T> packed_panels(int slot, Matrix<const T> weight, int64_t depth, int64_t units, int64_t parts) {
  Panels<T> panels{nullptr, depth, units, parts};
  panels.data = static_cast<T*>(scratch(slot, (panels.size() + 1) * int64_t(sizeof(T))));
  panels.pack(weight);
  return panels;
}

/// c += a panel for some rows; `columns` of the panel.
template <class T>
inline void add_product(Matrix<T> c, Matrix<const T> a, int64_t rows, const T* panel, int64_t depth, int64_t columns) {
  const EvenSplit split = EvenSplit::of_most(rows, tile_rows);
  for (int64_t k = 0; k < depth; k += block_k)
    for (int64_t i = 0; i < split.panels; ++i) {
      const Matrix<T> to = c.from(split.begin(i), 0);
      const Tile<T> tile = {depth - k < block_k ? depth - k : block_k,
                            a.from(split.begin(i), k),
                            panel + k * tile_columns<T>,
                            tile_columns<T>,
                            Reading::rows,
                            nullptr,
                            {},
                            nullptr,
                            to.data,
                            to.row_stride,
                            columns,
                            true};
      compute_rows<T>(split.count(i), tile);
    }
}

/// The sum of rows of `columns` numbers.
template <class T>
inline void sum_rows(Out<T> sum, const T* from, int64_t rows, int64_t columns) {
  static constexpr T one = 1;
  if (!sum || columns == 0) return;
  Product<T>{{sum.data(), columns, 1}, {&one, 0, 0}, {from, columns, 1}, 1, columns, rows,
             sum.accumulate(),         nullptr,      Activation::none}
      .run();
}

/// A state that goes from step to step, `width` numbers for each token: `packed` has those after the steps. The first
/// ones, in the order of the samples as they were given, are 0 if there are none.
template <class T>
struct State {
  T* packed;
  const T* first;
  int64_t width;

  /// What samples from `sample` on have before a step. At the first one it is in `memory`, which has room for as many.
  const T* before(const Steps& steps, int64_t step, int64_t sample, int64_t rows, T* memory) const {
    if (step > 0) return packed + (steps.begins[step - 1] + sample) * width;
    if (!first) {
      __builtin_memset(static_cast<void*>(memory), 0, size_t(rows * width) * sizeof(T));
      return memory;
    }
    for (int64_t i = 0; i < rows; ++i)
      __builtin_memcpy(memory + i * width, first + steps.order[sample + i] * width, size_t(width) * sizeof(T));
    return memory;
  }
};

/// The last state of each sample: after its last step, or the first one if it has none.
template <class T>
inline void write_last(Out<T> last, const State<T>& state, const Steps& steps) {
  int64_t length = steps.count;
  for (int64_t i = 0; i < steps.samples; ++i) {
    while (length > 0 && steps.rows(length - 1) <= i) --length;
    const int64_t sample = steps.order[i];
    const T* const from = length > 0    ? state.packed + (steps.begins[length - 1] + i) * state.width
                          : state.first ? state.first + sample * state.width
                                        : nullptr;
    T* const to = last.data() + sample * state.width;
    for (int64_t j = 0; j < state.width; ++j) to[j] = from ? from[j] : T(0);
  }
}

/// The gradient of a state of a group's samples before the step that is next on the way back; of a sample that has not
/// taken part yet, after its last step.
template <class T>
struct StateGradient {
  T* memory;  // (samples of the group, width)
  int64_t width;

  void start(In<T> dlast, const Steps& steps, int64_t first, int64_t last) const {
    for (int64_t i = first; i < last; ++i) {
      T* const to = memory + (i - first) * width;
      for (int64_t j = 0; j < width; ++j) to[j] = dlast ? dlast.data()[steps.order[i] * width + j] : T(0);
    }
  }

  void finish(Out<T> dfirst, const Steps& steps, int64_t first, int64_t last) const {
    if (!dfirst) return;
    for (int64_t i = first; i < last; ++i) {
      T* const to = dfirst.data() + steps.order[i] * width;
      const T* const from = memory + (i - first) * width;
      for (int64_t j = 0; j < width; ++j) to[j] = dfirst.accumulate() ? to[j] + from[j] : from[j];
    }
  }
};

/// That of h, which every step gets from outside and from the gradients of the next step's sums, `dsums`.
template <class T>
struct HiddenGradient : StateGradient<T> {
  using StateGradient<T>::memory;
  using StateGradient<T>::width;
  Panels<T> panels;  // of the recurrent weight
  const T* dsums;    // as deep as the panels are
  int64_t depth;     // what of them h enters directly

  /// Makes it whole in a block of columns, for `rows` samples of which the first `later` take the next step, too.
  void add(In<T> dhidden, const Steps& steps, int64_t step, int64_t first, int64_t rows, int64_t later,
           int64_t block) const {
    const int64_t unit = block * panels.width, columns = panels.columns(block);
    if (dhidden)
      for (int64_t r = 0; r < rows; ++r) {
        const T* const from = dhidden.data() + (steps.begins[step] + first + r) * width;
        for (int64_t j = unit; j < unit + columns; ++j) memory[r * width + j] += from[j];
      }
    if (later > 0) add_sums(steps.begins[step + 1] + first, later, block);
  }
  void add_sums(int64_t row, int64_t rows, int64_t block) const {
    add_product<T>({memory + block * panels.width, width, 1}, {dsums + row * panels.depth, panels.depth, 1}, rows,
                   panels.at(block, 0), depth, panels.columns(block));
  }

  void finish(Out<T> dfirst, const Steps& steps, int64_t first, int64_t last) const {
    if (!dfirst) return;
    const int64_t rows = steps.count > 0 ? rows_between(steps, 0, first, last) : 0;
    for (int64_t block = 0; block < panels.blocks() && rows > 0; ++block) add_sums(first, rows, block);
    StateGradient<T>::finish(dfirst, steps, first, last);
  }
};

/// Of each token what its sample's state was before it.
template <class T>
void states_before(Out<int64_t> bad_begins, Out<int64_t> bad_order, Out<T> before, In<T> states, In<int64_t> begins,
                   In<int64_t> order, In<T> first) {
  const Steps steps = steps_of(begins, order);
  if (!steps.fit(bad_begins, states.shape(0)) || !ids_in_range(bad_order, order, 0, steps.samples)) return;
  const int64_t width = states.shape(1);
  const State<T> state{const_cast<T*>(states.data()), first.data(), width};
  parallel(steps.count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      T* const to = before.data() + steps.begins[s] * width;
      const T* const from = state.before(steps, s, 0, steps.rows(s), to);
      if (from != to) __builtin_memcpy(to, from, size_t(steps.rows(s) * width) * sizeof(T));
    }
  });
}

}  // namespace
}  // namespace mushin
