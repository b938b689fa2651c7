// Normalization of groups of channels, for each sample.
#pragma once
#include "norm.h"

namespace mushin {
namespace {

/// A number of each channel: the vector, or `otherwise` for all if there is none; `slot` as of scratch.
template <class T>
inline const T* given_or(In<T> numbers, int64_t channels, T otherwise, int slot) {
  if (numbers) return numbers.data();
  T* const all = static_cast<T*>(scratch(slot, channels * int64_t(sizeof(T))));
  for (int64_t c = 0; c < channels; ++c) all[c] = otherwise;
  return all;
}

/// A group: `members` channels of `inner` elements each. Where inner is 1, the channels lie beside one another.
struct Group {
  int64_t members, inner;

  int64_t size() const { return members * inner; }

  template <class T>
  Writing writing(Out<T> y) const {
    const int64_t span = inner == 1 ? members : inner;  // short ones would go past the caches in parts
    return writing_of<T>(y && span * int64_t(sizeof(T)) >= 1024 ? y.size() : 0, y && y.accumulate());
  }

  /// to = f(x..., numbers...), with one of each of the `numbers` for each channel.
  template <class T, Writing way, class F, int n, int k, int... i, int... p>
  void map(T* to, const F& f, const T* const (&x)[n], const T* const (&numbers)[k], Indices<i...>,
           Indices<p...>) const {
    if (inner == 1) return map_span<T, way>(to, 0, members, f, x[i]..., numbers[p]...);
    for (int64_t c = 0; c < members; ++c) {
      const Vector<T> own[] = {broadcast(numbers[p][c])...};
      map_span<T, way>(
          to + c * inner, 0, inner, [&](auto... values) { return f(values..., own[p]...); }, (x[i] + c * inner)...);
    }
  }
  template <class T, Writing way, class F, int n, int k>
  void map(T* to, const T* const (&x)[n], const T* const (&numbers)[k], const F& f) const {
    map<T, way>(to, f, x, numbers, typename MakeIndices<n>::type{}, typename MakeIndices<k>::type{});
  }
};

/// y = (x - mean) rstd weight + bias, with mean and rstd = 1 / sqrt(variance + eps) of each group of x's channels
/// (Wu and He 2018).
template <class T>
void group_norm_forward(Out<T> y, Out<T> mean, Out<T> rstd, In<T> x, In<T> weight, In<T> bias, int64_t groups,
                        double eps) {
  const int64_t channels = x.shape(1);
  const Group group{channels / groups, x.shape(2)};
  const T *const weights = given_or<T>(weight, channels, T(1), 0), *const biases = given_or<T>(bias, channels, T(0), 1);
  parallel(rstd.size(), chunk_rows(group.size()), [&](int64_t begin, int64_t end) {
    with_writing(group.writing(y), [&](auto constant) {
      constexpr Writing way = decltype(constant)::value;
      for (int64_t row = begin; row < end; ++row) {
        const T* const from = x.data() + row * group.size();
        const Moments<T> moments = moments_of_row<T, true>(from, group.size(), eps);
        const T centre = mean.data()[row] = moments.mean, scale = rstd.data()[row] = moments.rstd;
        const int64_t channel = row % groups * group.members;
        group.map<T, way>(
            y.data() + row * group.size(), {from}, {weights + channel, biases + channel},
            [=](Vector<T> value, Vector<T> w, Vector<T> b) { return fma((value - centre) * scale, w, b); });
      }
    });
  });
}

/// With g = dy weight and h = (x - mean) rstd: dx = rstd (g - mean of g - h (mean of g h)), with means over a group;
/// dweight = sum of dy h over a channel, dbias = sum of dy. One pass over the groups leaves each sample's sums for the
/// channels.
template <class T>
void group_norm_backward(Out<T> dx, Out<T> dweight, Out<T> dbias, In<T> dy, In<T> x, In<T> weight, In<T> mean,
                         In<T> rstd) {
  const int64_t batch = x.shape(0), channels = x.shape(1), groups = rstd.shape(1);
  const Group group{channels / groups, x.shape(2)};
  const T* const weights = given_or<T>(weight, channels, T(1), 1);
  const bool for_channels = dweight || dbias;
  T* const weight_sums =
      for_channels ? static_cast<T*>(scratch(0, 2 * batch * channels * int64_t(sizeof(T)))) : nullptr;
  T* const bias_sums = for_channels ? weight_sums + batch * channels : nullptr;
  parallel(rstd.size(), chunk_rows(group.size()), [&](int64_t begin, int64_t end) {
    with_writing(group.writing(dx), [&](auto constant) {
      constexpr Writing way = decltype(constant)::value;
      for (int64_t row = begin; row < end; ++row) {
        const T *const x_row = x.data() + row * group.size(), *const dy_row = dy.data() + row * group.size();
        const T *const w = weights + row % groups * group.members, centre = mean.data()[row], scale = rstd.data()[row];
        const auto gradient = [=](int64_t i, int64_t count) { return load_some<T>(dy_row + i, count); };
        const auto product = [=](int64_t i, int64_t count) {
          const Vector<T> h = first_of<T>(load_some<T>(x_row + i, count) - centre, count) * scale;
          return gradient(i, count) * h;
        };
        double total_g = 0, total_gh = 0;
        const int64_t own = row * group.members;  // where the sums of its channels are
        if (group.inner == 1) {
          total_g = sum_of_vectors<T>(group.members, [&](int64_t i, int64_t count) {
            if (for_channels) store_some<T>(bias_sums + own + i, gradient(i, count), count);
            return gradient(i, count) * load_some<T>(w + i, count);
          });
          total_gh = sum_of_vectors<T>(group.members, [&](int64_t i, int64_t count) {
            if (for_channels) store_some<T>(weight_sums + own + i, product(i, count), count);
            return product(i, count) * load_some<T>(w + i, count);
          });
        } else {
          for (int64_t c = 0; c < group.members; ++c) {
            const auto within = [&](const auto& f) {
              return sum_of_vectors<T>(group.inner,
                                       [&](int64_t i, int64_t count) { return f(c * group.inner + i, count); });
            };
            const double sum_g = within(gradient), sum_gh = within(product);
            total_g += sum_g * double(w[c]);
            total_gh += sum_gh * double(w[c]);
            if (!for_channels) continue;
            bias_sums[own + c] = T(sum_g);
            weight_sums[own + c] = T(sum_gh);
          }
        }
        if (!dx) continue;
        const T mean_g = T(total_g / double(group.size())), mean_gh = T(total_gh / double(group.size()));
        group.map<T, way>(dx.data() + row * group.size(), {x_row, dy_row}, {w},
                          [=](Vector<T> value, Vector<T> g, Vector<T> w) {
                            return (g * w - mean_g - (value - centre) * scale * mean_gh) * scale;
                          });
      }
    });
  });
  if (dweight) sum_partial_rows<T>(dweight.data(), dweight.accumulate(), weight_sums, 1, batch, channels, T(1));
  if (dbias) sum_partial_rows<T>(dbias.data(), dbias.accumulate(), bias_sums, 1, batch, channels, T(1));
}

}  // namespace
}  // namespace mushin
