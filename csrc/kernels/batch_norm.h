// Normalization of channels over the batch.
#pragma once
#include "lines.h"

namespace mushin {
namespace {

/// An array (outer, channels, inner). Where inner is 1 the channels are columns, which lie beside one another;
/// otherwise its memory is runs that belong to one channel each.
struct Channels {
  int64_t outer, channels, inner;
  bool columns;

  template <class T>
  explicit Channels(In<T> x) : outer(x.shape(0)), channels(x.shape(1)), inner(x.shape(2)) {
    if (channels == 1) {
      inner *= outer;
      outer = 1;
    }
    columns = inner == 1 && channels != 1;
  }

  int64_t elements() const { return outer * inner; }                          // of one channel
  double divisor() const { return elements() > 0 ? double(elements()) : 1; }  // the mean of nothing is 0
  Cut cut() const { return columns ? Cut(1, outer, channels) : Cut(outer * channels, inner, 1); }
};

template <class T, int k>
struct Sums {
  Vector<T> of[k];
};

/// The sums of a piece's columns, k beside one another for each.
template <class T, int k, class Terms>
inline void sum_columns_of(const Piece& piece, int64_t width, const Terms& terms, double* to) {
  constexpr int64_t together = 4;
  T sums[k][sum_block] = {};
  for (int64_t r = 0; r < piece.rows; r += together) {
    const int64_t rows = smaller_of(together, piece.rows - r);
    for (int64_t j = 0; j < piece.columns; j += lanes<T>) {
      const int64_t count = smaller_of(lanes<T>, piece.columns - j);
      const auto number = [&](const T* numbers) { return load_some<T>(numbers + piece.column + j, count); };
      const auto of_row = [&](int64_t i) { return terms(piece.from + (r + i) * width + j, count, number); };
      Sums<T, k> sum = of_row(0);
      for (int64_t i = 1; i < rows; ++i) {
        const Sums<T, k> more = of_row(i);
        for (int s = 0; s < k; ++s) sum.of[s] += more.of[s];
      }
      for (int s = 0; s < k; ++s) add_some<T>(sums[s] + j, sum.of[s], count);
    }
  }
  for (int64_t j = 0; j < piece.columns; ++j)
    for (int s = 0; s < k; ++s) to[j * k + s] = double(sums[s][j]);
}

/// The k sums of a piece that belongs to channel c.
template <class T, int k, class Terms>
inline void sum_run_of(const Piece& piece, int64_t c, const Terms& terms, double* to) {
  const auto number = [c](const T* numbers) { return broadcast(numbers[c]); };
  for (int s = 0; s < k; ++s)
    to[s] = sum_of_vectors<T>(piece.rows, [&](int64_t i, int64_t count) {
      return first_of<T>(terms(piece.from + i, count, number).of[s], count);
    });
}

/// finish(c, totals) for each channel, with the k sums over its elements of terms(i, count, number): the terms of the
/// elements [i, i + count), where number(p) has for each of them its channel's number of p. Pieces leave their sums,
/// which are added in order.
template <class T, int k, class Terms, class Finish>
inline void total_channels(const Channels& shape, const Terms& terms, const Finish& finish) {
  const Cut cut = shape.cut();
  double* const partial = static_cast<double*>(scratch(0, k * cut.lines() * cut.blocks * int64_t(sizeof(double))));
  cut.each([&](const Piece& piece) {
    double* const to = partial + piece.place * k;
    if (shape.columns)
      sum_columns_of<T, k>(piece, shape.channels, terms, to);
    else
      sum_run_of<T, k>(piece, piece.line % shape.channels, terms, to);
  });
  const int64_t lines = shape.columns ? 1 : shape.outer;  // of each channel
  parallel(shape.channels, chunk_rows(k * lines * cut.blocks), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      double totals[k] = {};
      for (int64_t line = 0; line < lines; ++line)
        for (int64_t block = 0; block < cut.blocks; ++block)
          for (int s = 0; s < k; ++s) totals[s] += partial[cut.place(line * shape.channels + c, block) * k + s];
      finish(c, totals);
    }
  });
}

template <class T, class F, int n, int k, int... i, int... p>
inline void map_channels(const Channels& shape, Out<T> y, const F& f, const T* const (&x)[n],
                         const T* const (&numbers)[k], Indices<i...>, Indices<p...>) {
  const int64_t lines = shape.columns ? 1 : shape.outer * shape.channels;
  const int64_t length = shape.columns ? shape.outer : shape.inner, inner = shape.columns ? shape.channels : 1;
  const int64_t width = shape.columns ? inner : length;
  each_span<T>(lines, length, inner, y.accumulate(),
               [&](auto constant, int64_t span, int64_t first, int64_t last, int64_t line) {
                 constexpr Writing way = decltype(constant)::value;
                 T* const to = y.data() + span * width;
                 if (shape.columns)
                   return map_span<T, way>(to, first, last, f, (x[i] + span * width)..., numbers[p]...);
                 const Vector<T> own[] = {broadcast(numbers[p][line % shape.channels])...};
                 map_span<T, way>(
                     to, first, last, [&](auto... values) { return f(values..., own[p]...); },
                     (x[i] + span * width)...);
               });
}

/// y = f(x..., numbers...) with one of each of the `numbers` for each channel.
template <class T, class F, int n, int k>
inline void map_channels(const Channels& shape, Out<T> y, const T* const (&x)[n], const T* const (&numbers)[k],
                         const F& f) {
  map_channels<T>(shape, y, f, x, numbers, typename MakeIndices<n>::type{}, typename MakeIndices<k>::type{});
}

/// Memory of a kernel for k numbers of each channel.
template <class T>
inline T* numbers_of_channels(const Channels& shape, int k) {
  return static_cast<T*>(scratch(1, k * shape.channels * int64_t(sizeof(T))));
}

/// y = (x - mean) rstd weight + bias.
template <class T>
inline void normalize_channels(const Channels& shape, Out<T> y, In<T> x, const T* mean, const T* rstd, In<T> weight,
                               In<T> bias) {
  T *const scale = numbers_of_channels<T>(shape, 2), *const shift = scale + shape.channels;
  for (int64_t c = 0; c < shape.channels; ++c) {
    scale[c] = weight ? rstd[c] * weight.data()[c] : rstd[c];
    shift[c] = bias ? bias.data()[c] : T(0);
  }
  map_channels<T>(shape, y, {x.data()}, {mean, scale, shift},
                  [](Vector<T> value, Vector<T> centre, Vector<T> scale, Vector<T> shift) {
                    return fma(value - centre, scale, shift);
                  });
}

/// y = (x - mean) rstd weight + bias, with mean and rstd = 1 / sqrt(variance + eps) of each channel; the variance is
/// that of centred elements, in a second pass (Ioffe and Szegedy 2015). Running statistics go towards the batch's by
/// the share `momentum`, or are the mean over all batches if `cumulative`; the running variance is that of
/// n - correction. They stay as they are if there are no elements.
template <class T>
void batch_norm_forward(Out<T> y, Out<T> mean, Out<T> rstd, InOut<T> running_mean, InOut<T> running_var,
                        InOut<int64_t> batches, In<T> x, In<T> weight, In<T> bias, double momentum, int64_t cumulative,
                        double correction, double eps) {
  const Channels shape(x);
  const double n = shape.divisor();
  if (batches) ++*batches.data();
  const double share = cumulative ? 1 / double(*batches.data()) : momentum;
  const auto approach = [&](T* running, double value) {
    if (shape.elements() > 0) *running = T((1 - share) * double(*running) + share * value);
  };
  const auto value = [&](int64_t i, int64_t count, const auto&) {
    return Sums<T, 1>{load_some<T>(x.data() + i, count)};
  };
  total_channels<T, 1>(shape, value, [&](int64_t c, const double* totals) {
    mean.data()[c] = T(totals[0] / n);
    if (running_mean) approach(running_mean.data() + c, totals[0] / n);
  });
  const auto square = [&](int64_t i, int64_t count, const auto& number) {
    const Vector<T> centred = load_some<T>(x.data() + i, count) - number(mean.data());
    return Sums<T, 1>{centred * centred};
  };
  total_channels<T, 1>(shape, square, [&](int64_t c, const double* totals) {
    rstd.data()[c] = T(1 / __builtin_sqrt(totals[0] / n + eps));
    if (running_var) approach(running_var.data() + c, totals[0] / (n - correction));
  });
  normalize_channels<T>(shape, y, x, mean.data(), rstd.data(), weight, bias);
}

/// The same with the running statistics, of which copies are kept for the gradients.
template <class T>
void batch_norm_evaluate(Out<T> y, Out<T> mean, Out<T> rstd, In<T> x, In<T> running_mean, In<T> running_var,
                         In<T> weight, In<T> bias, double eps) {
  const Channels shape(x);
  for (int64_t c = 0; c < shape.channels; ++c) {
    mean.data()[c] = running_mean.data()[c];
    rstd.data()[c] = T(1 / __builtin_sqrt(double(running_var.data()[c]) + eps));
  }
  normalize_channels<T>(shape, y, x, mean.data(), rstd.data(), weight, bias);
}

/// With h = (x - mean) rstd: dweight = sum of dy h over a channel, dbias = sum of dy. dx = weight rstd dy; if mean and
/// rstd are those `of_batch`, dx = weight rstd (dy - mean of dy - h (mean of dy h)).
template <class T>
void batch_norm_backward(Out<T> dx, Out<T> dweight, Out<T> dbias, In<T> dy, In<T> x, In<T> weight, In<T> mean,
                         In<T> rstd, int64_t of_batch) {
  const Channels shape(x);
  const double n = shape.divisor();
  T *const scale = numbers_of_channels<T>(shape, 3), *const mean_dy = scale + shape.channels;
  T* const slope = mean_dy + shape.channels;  // (mean of dy h) rstd
  for (int64_t c = 0; c < shape.channels; ++c) scale[c] = weight ? rstd.data()[c] * weight.data()[c] : rstd.data()[c];
  const auto terms = [&](int64_t i, int64_t count, const auto& number) {
    const Vector<T> g = load_some<T>(dy.data() + i, count);
    return Sums<T, 2>{g, g * (load_some<T>(x.data() + i, count) - number(mean.data()))};
  };
  if (dweight || dbias || of_batch)
    total_channels<T, 2>(shape, terms, [&](int64_t c, const double* totals) {
      const double root = double(rstd.data()[c]);
      mean_dy[c] = T(totals[0] / n);
      slope[c] = T(totals[1] / n * root * root);
      if (dweight) put_one<T>(dweight.data() + c, T(totals[1] * root), dweight.accumulate());
      if (dbias) put_one<T>(dbias.data() + c, T(totals[0]), dbias.accumulate());
    });
  if (!dx) return;
  if (!of_batch)
    return map_channels<T>(shape, dx, {dy.data()}, {scale}, [](Vector<T> g, Vector<T> scale) { return g * scale; });
  map_channels<T>(shape, dx, {dy.data(), x.data()}, {mean.data(), mean_dy, slope, scale},
                  [](Vector<T> g, Vector<T> value, Vector<T> centre, Vector<T> mean_g, Vector<T> slope,
                     Vector<T> scale) { return (g - mean_g - (value - centre) * slope) * scale; });
}

}  // namespace
}  // namespace mushin
