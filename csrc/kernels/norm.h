// Normalization of rows.
#pragma once
#include "reduce.h"

namespace mushin {
namespace {

template <class T>
struct Moments {
  T mean, rstd;
};

/// The mean of n numbers, and 1 / sqrt(variance + eps). The variance is that of the centred numbers, in a second pass.
/// Those that are not `centred` have no mean: it counts as 0.
template <class T, bool centred>
inline Moments<T> moments_of_row(const T* from, int64_t n, double eps) {
  const T centre = centred ? T(sum_contiguous<T>(from, n) / double(n)) : T(0);
  const double squares = sum_of_vectors<T>(n, [&](int64_t i, int64_t count) {
    prefetch(from + n + i);  // the next row comes in meanwhile
    const Vector<T> deviation = first_of<T>(load_some<T>(from + i, count) - centre, count);
    return deviation * deviation;
  });
  return {centre, T(1 / __builtin_sqrt(squares / double(n) + eps))};
}

/// y = (x - mean) rstd weight + bias for each row of n; mean and rstd are moments_of_row.
template <class T, bool centred>
inline void normalize_rows(Out<T> y, T* mean, Out<T> rstd, In<T> x, In<T> weight, In<T> bias, double eps) {
  const int64_t n = x.shape(-1), rows = rstd.size();
  const Writing writing = writing_of<T>(y.size(), false);
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    with_writing(writing, [&](auto constant) {
      constexpr Writing way = decltype(constant)::value;
      for (int64_t row = begin; row < end; ++row) {
        const T* const from = x.data() + row * n;
        const Moments<T> moments = moments_of_row<T, centred>(from, n, eps);
        const T centre = moments.mean, scale = moments.rstd;
        if (centred) mean[row] = centre;
        rstd.data()[row] = scale;
        const auto normalize = [=](Vector<T> x) { return (x - centre) * scale; };
        T* const to = y.data() + row * n;
        if (weight && bias)
          map_span<T, way>(
              to, 0, n, [=](Vector<T> x, Vector<T> w, Vector<T> b) { return fma(normalize(x), w, b); }, from,
              weight.data(), bias.data());
        else if (weight)
          map_span<T, way>(to, 0, n, [=](Vector<T> x, Vector<T> w) { return normalize(x) * w; }, from, weight.data());
        else if (bias)
          map_span<T, way>(to, 0, n, [=](Vector<T> x, Vector<T> b) { return normalize(x) + b; }, from, bias.data());
        else
          map_span<T, way>(to, 0, n, normalize, from);
      }
    });
  });
}

/// With g = dy weight and h = (x - mean) rstd: dx = rstd (g - mean of g - h (mean of g h)), dweight = sum of dy h over
/// the rows, dbias = sum of dy; of rows that are not `centred` dx = rstd (g - h (mean of g h)). One pass over the rows;
/// chunks of them leave their sums for the columns.
template <class T, bool centred>
inline void normalize_rows_backward(Out<T> dx, Out<T> dweight, Out<T> dbias, In<T> dy, In<T> x, In<T> weight,
                                    const T* mean, In<T> rstd) {
  constexpr int64_t most_chunks = 64;
  const int64_t n = x.shape(-1), rows = rstd.size();
  const int64_t shared = (rows + most_chunks - 1) / most_chunks, least = chunk_rows(n);
  const int64_t chunk = shared < least ? least : shared < sum_block ? shared : sum_block;
  const int64_t chunks = (rows + chunk - 1) / chunk;
  const Writing writing = writing_of<T>(dx ? dx.size() : 0, dx.accumulate());
  const bool for_columns = dweight || dbias;
  T* const weight_sums = for_columns ? static_cast<T*>(scratch(0, 2 * chunks * n * int64_t(sizeof(T)))) : nullptr;
  T* const bias_sums = for_columns ? weight_sums + chunks * n : nullptr;
  parallel(rows, chunk, [&](int64_t begin, int64_t end) {
    const int64_t sums_at = begin / chunk * n;
    if (for_columns) {
      __builtin_memset(static_cast<void*>(weight_sums + sums_at), 0, size_t(n) * sizeof(T));
      __builtin_memset(static_cast<void*>(bias_sums + sums_at), 0, size_t(n) * sizeof(T));
    }
    with_writing(writing, [&](auto constant) {
      constexpr Writing way = decltype(constant)::value;
      for (int64_t row = begin; row < end; ++row) {
        const T *const x_row = x.data() + row * n, *const dy_row = dy.data() + row * n;
        const T centre = centred ? mean[row] : T(0), scale = rstd.data()[row];
        const auto scaled = [&](int64_t i, int64_t count) {
          const Vector<T> g = load_some<T>(dy_row + i, count);
          return weight ? g * load_some<T>(weight.data() + i, count) : g;
        };
        const auto summand = [&](int64_t i, int64_t count) {
          const Vector<T> g = load_some<T>(dy_row + i, count);
          const Vector<T> h = first_of<T>(load_some<T>(x_row + i, count) - centre, count) * scale;
          if (for_columns) {
            add_some<T>(weight_sums + sums_at + i, g * h, count);
            add_some<T>(bias_sums + sums_at + i, g, count);
          }
          return scaled(i, count) * h;
        };
        const T mean_gh = T(sum_of_vectors<T>(n, summand) / double(n));
        if (!dx) continue;
        const T mean_g = centred ? T(sum_of_vectors<T>(n, scaled) / double(n)) : T(0);
        const auto gradient = [=](Vector<T> value, Vector<T> g) {
          return (g - mean_g - (value - centre) * scale * mean_gh) * scale;
        };
        T* const to = dx.data() + row * n;
        if (weight)
          map_span<T, way>(
              to, 0, n, [=](Vector<T> value, Vector<T> g, Vector<T> w) { return gradient(value, g * w); }, x_row,
              dy_row, weight.data());
        else
          map_span<T, way>(to, 0, n, gradient, x_row, dy_row);
      }
    });
  });
  if (dweight) sum_partial_rows<T>(dweight.data(), dweight.accumulate(), weight_sums, 1, chunks, n, T(1));
  if (dbias) sum_partial_rows<T>(dbias.data(), dbias.accumulate(), bias_sums, 1, chunks, n, T(1));
}

/// y = (x - mean) rstd weight + bias for each row (Ba, Kiros and Hinton 2016).
template <class T>
void layer_norm_forward(Out<T> y, Out<T> mean, Out<T> rstd, In<T> x, In<T> weight, In<T> bias, double eps) {
  normalize_rows<T, true>(y, mean.data(), rstd, x, weight, bias, eps);
}
template <class T>
void layer_norm_backward(Out<T> dx, Out<T> dweight, Out<T> dbias, In<T> dy, In<T> x, In<T> weight, In<T> mean,
                         In<T> rstd) {
  normalize_rows_backward<T, true>(dx, dweight, dbias, dy, x, weight, mean.data(), rstd);
}

/// y = x rstd weight for each row, with rstd = 1 / sqrt(mean of x^2 + eps) (Zhang and Sennrich 2019).
template <class T>
void rms_norm_forward(Out<T> y, Out<T> rstd, In<T> x, In<T> weight, double eps) {
  const View none{};
  normalize_rows<T, false>(y, nullptr, rstd, x, weight, In<T>{{&none}}, eps);
}
template <class T>
void rms_norm_backward(Out<T> dx, Out<T> dweight, In<T> dy, In<T> x, In<T> weight, In<T> rstd) {
  const View none{};
  normalize_rows_backward<T, false>(dx, dweight, Out<T>{{&none}}, dy, x, weight, nullptr, rstd);
}

}  // namespace
}  // namespace mushin
