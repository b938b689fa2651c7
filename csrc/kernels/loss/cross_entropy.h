// Cross-entropy: softmax with it, from class ids or rows of probabilities, and from logarithms of probabilities.
#pragma once
#include "../copy.h"
#include "../softmax.h"

namespace mushin {
namespace {

template <class T>
inline void save_row(Out<T> saved, int64_t row, LogSumExp<T> log_sum_exp) {
  saved.data()[2 * row] = log_sum_exp.shift;
  saved.data()[2 * row + 1] = log_sum_exp.log_sum;
}
template <class T>
inline LogSumExp<T> saved_row(In<T> saved, int64_t row) {
  return {saved.data()[2 * row], saved.data()[2 * row + 1]};
}

/// What the sum of the losses is divided by. PyTorch's mean counts each row by its class' weight and is NaN of nothing;
/// Keras' means count each row as one or by its own weight, and are 0 of nothing.
enum class Divisor : int64_t { one, class_weights, rows, row_weights };

/// Weights of classes and rows, which may be missing, and smoothing: `each` of the probability goes to every class,
/// `rest` stays.
template <class T>
struct Weighting {
  const T *classes, *rows;
  int64_t count;
  T rest, each;

  Weighting(In<T> weight, In<T> row_weight, int64_t count, double label_smoothing)
      : classes(weight.data()),
        rows(row_weight.data()),
        count(count),
        rest(T(1 - label_smoothing)),
        each(T(label_smoothing / double(count))) {}
  T of_class(int64_t id) const { return classes ? classes[id] : T(1); }
  Vector<T> of_classes(int64_t id, int64_t n) const {
    return classes ? load_some<T>(classes + id, n) : broadcast(T(1));
  }
  T of_row(int64_t row) const { return rows ? rows[row] : T(1); }
  T of_all_classes() const { return classes ? T(sum_contiguous<T>(classes, count)) : T(count); }
};

/// Sums row losses into `total`, scaled by `scale[0]`, which is 1 / the sum of what each row counts.
template <class T, class F>
inline void total_of_rows(Out<T> total, Out<T> scale, const T* losses, int64_t rows, Divisor divisor, const F& counts) {
  double count = 0;
  for (int64_t row = 0; row < rows && divisor != Divisor::one; ++row) count += double(counts(row));
  const bool nothing = divisor == Divisor::one || (count == 0 && divisor != Divisor::class_weights);
  scale.data()[0] = nothing ? T(divisor == Divisor::one) : T(1 / count);
  total.data()[0] = T(sum_contiguous<T>(losses, rows)) * scale.data()[0];
}

/// losses[r] = log sum exp(logits[r]) - logits[r, target[r]], smoothed and weighted; a row whose target is
/// `ignore_index` costs nothing and does not count. `total` is their sum or mean, as `divisor` says. `saved` is each
/// row's LogSumExp.
template <class T>
void cross_entropy_forward(Out<T> losses, Out<T> total, Out<T> saved, Out<T> scale, Out<int64_t> bad, In<T> logits,
                           In<int64_t> target, In<T> weight, In<T> row_weight, int64_t ignore_index,
                           double label_smoothing, int64_t divisor) {
  const int64_t rows = logits.shape(0), classes = logits.shape(1);
  if (!ids_in_range(bad, target, 0, classes, &ignore_index)) return;
  const Weighting<T> weights(weight, row_weight, classes, label_smoothing);
  parallel(rows, chunk_rows(classes), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* const from = logits.data() + row * classes;
      const int64_t id = target.data()[row];
      const auto log_sum_exp = LogSumExp<T>::of_row(from, classes);
      save_row(saved, row, log_sum_exp);
      if (id == ignore_index) {
        losses.data()[row] = T(0);
        continue;
      }
      T loss = weights.rest * weights.of_class(id) * log_sum_exp.surprise(from[id]);
      if (weights.each != T(0))
        loss += weights.each * T(sum_of_vectors<T>(classes, [&](int64_t i, int64_t n) {
                  const Vector<T> w = weights.of_classes(i, n);
                  const Vector<T> each = first_of<T>(w * log_sum_exp.surprise(load_some<T>(from + i, n)), n);
                  return w == T(0) ? Vector<T>{} : each;  // 0 times infinity counts nothing
                }));
      losses.data()[row] = loss * weights.of_row(row);
    }
  });
  total_of_rows<T>(total, scale, losses.data(), rows, Divisor(divisor), [&](int64_t row) {
    const int64_t id = target.data()[row];
    if (id == ignore_index) return T(0);
    if (Divisor(divisor) == Divisor::class_weights) return weights.of_class(id);
    return Divisor(divisor) == Divisor::rows ? T(1) : weights.of_row(row);
  });
}

/// dlogits[r] = (softmax(logits[r]) * mass - the target's share of each class) * dy * scale, where the mass is the sum
/// of the shares; unweighted and not smoothed they are one_hot(target[r]). dy is one number or one a row.
template <class T>
void cross_entropy_backward(Out<T> dlogits, In<T> dy, In<T> logits, In<T> saved, In<T> scale, In<int64_t> target,
                            In<T> weight, In<T> row_weight, int64_t ignore_index, double label_smoothing) {
  if (!dlogits) return;
  const int64_t rows = logits.shape(0), classes = logits.shape(1), dy_stride = dy.ndim() == 0 ? 0 : 1;
  const Weighting<T> weights(weight, row_weight, classes, label_smoothing);
  const bool smooth = weights.each != T(0);
  const T to_all = smooth ? weights.each * weights.of_all_classes() : T(0);
  const Writing writing = writing_of<T>(dlogits.size(), dlogits.accumulate());
  parallel(rows, chunk_rows(classes), [&](int64_t begin, int64_t end) {
    with_writing(writing, [&](auto constant) {
      constexpr Writing way = decltype(constant)::value;
      for (int64_t row = begin; row < end; ++row) {
        const T* const from = logits.data() + row * classes;
        T* const to = dlogits.data() + row * classes;
        const int64_t id = target.data()[row];
        if (id == ignore_index) {
          map_span<T, way>(to, 0, classes, [] { return Vector<T>{}; });
          continue;
        }
        const auto log_sum_exp = saved_row(saved, row);
        const T of_id = weights.of_class(id), mass = weights.rest * of_id + to_all;
        const T factor = dy.data()[row * dy_stride] * scale.data()[0] * weights.of_row(row);
        const T before = way == Writing::adding ? to[id] : T(0), of_each = weights.each * factor;
        const T all = mass * factor;
        if (!smooth)
          map_span<T, way>(to, 0, classes, [=](Vector<T> x) { return log_sum_exp.softmax(x) * all; }, from);
        else if (!weights.classes)
          map_span<T, way>(to, 0, classes, [=](Vector<T> x) { return log_sum_exp.softmax(x) * all - of_each; }, from);
        else
          map_span<T, way>(
              to, 0, classes, [=](Vector<T> x, Vector<T> w) { return log_sum_exp.softmax(x) * all - w * of_each; },
              from, weights.classes);
        const T share = (weights.rest + weights.each) * of_id;
        to[id] = before + (log_sum_exp.softmax(broadcast(from[id]))[0] * mass - share) * factor;
      }
    });
  });
}

/// What a row of probabilities becomes: smoothed, then weighted by class.
template <class T>
inline Vector<T> shares(const T* probabilities, const Weighting<T>& weights, int64_t i, int64_t n) {
  const Vector<T> p = load_some<T>(probabilities + i, n);
  return first_of<T>((p * weights.rest + weights.each) * weights.of_classes(i, n), n);
}

/// losses[r] = sum over classes of target[r] (log sum exp(logits[r]) - logits[r]), smoothed and weighted. Every row
/// counts as one in PyTorch's mean.
template <class T>
void cross_entropy_rows_forward(Out<T> losses, Out<T> total, Out<T> saved, Out<T> scale, In<T> logits, In<T> target,
                                In<T> weight, In<T> row_weight, double label_smoothing, int64_t divisor) {
  const int64_t rows = logits.shape(0), classes = logits.shape(1);
  const Weighting<T> weights(weight, row_weight, classes, label_smoothing);
  parallel(rows, chunk_rows(classes), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T *const from = logits.data() + row * classes, *const p = target.data() + row * classes;
      const auto log_sum_exp = LogSumExp<T>::of_row(from, classes);
      save_row(saved, row, log_sum_exp);
      const T loss = T(sum_of_vectors<T>(classes, [&](int64_t i, int64_t n) {
        const Vector<T> share = shares<T>(p, weights, i, n);
        const Vector<T> each = share * log_sum_exp.surprise(load_some<T>(from + i, n));
        return share == T(0) ? Vector<T>{} : each;  // 0 times infinity counts nothing
      }));
      losses.data()[row] = loss * weights.of_row(row);
    }
  });
  total_of_rows<T>(total, scale, losses.data(), rows, Divisor(divisor),
                   [&](int64_t row) { return Divisor(divisor) == Divisor::row_weights ? weights.of_row(row) : T(1); });
}

/// dlogits[r] = (softmax(logits[r]) * sum of shares - shares) * dy * scale, dtarget[r] = (log sum exp(logits[r]) -
/// logits[r]) * rest * weight * dy * scale.
template <class T>
void cross_entropy_rows_backward(Out<T> dlogits, Out<T> dtarget, In<T> dy, In<T> logits, In<T> saved, In<T> scale,
                                 In<T> target, In<T> weight, In<T> row_weight, double label_smoothing) {
  const int64_t rows = logits.shape(0), classes = logits.shape(1), dy_stride = dy.ndim() == 0 ? 0 : 1;
  const Weighting<T> weights(weight, row_weight, classes, label_smoothing);
  parallel(rows, chunk_rows(classes), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T *const from = logits.data() + row * classes, *const p = target.data() + row * classes;
      const auto log_sum_exp = saved_row(saved, row);
      const auto share = [&](int64_t i, int64_t n) { return shares<T>(p, weights, i, n); };
      const T mass = dlogits ? T(sum_of_vectors<T>(classes, share)) : T(0);
      const T factor = dy.data()[row * dy_stride] * scale.data()[0] * weights.of_row(row);
      for (int64_t i = 0; i < classes; i += lanes<T>) {
        const int64_t n = classes - i < lanes<T> ? classes - i : lanes<T>, at = row * classes + i;
        const Vector<T> x = load_some<T>(from + i, n);
        if (dlogits)
          put_first<T>(dlogits.data() + at, (log_sum_exp.softmax(x) * mass - share(i, n)) * factor, n,
                       dlogits.accumulate());
        if (dtarget)
          put_first<T>(dtarget.data() + at,
                       log_sum_exp.surprise(x) * weights.of_classes(i, n) * (weights.rest * factor), n,
                       dtarget.accumulate());
      }
    }
  });
}

/// losses[o, i] = -weight[target[o, i]] input[o, target[o, i], i], and their sum or mean as of cross-entropy.
template <class T>
void nll_loss_forward(Out<T> losses, Out<T> total, Out<T> scale, Out<int64_t> bad, In<T> input, In<int64_t> target,
                      In<T> weight, int64_t ignore_index, int64_t divisor) {
  const int64_t classes = input.shape(1), inner = input.shape(2), rows = target.size();
  if (!ids_in_range(bad, target, 0, classes, &ignore_index)) return;
  const auto weight_of = [&](int64_t row) {
    const int64_t id = target.data()[row];
    return id == ignore_index ? T(0) : weight ? weight.data()[id] : T(1);
  };
  parallel(rows, chunk_elements, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t id = target.data()[row];
      const bool ignored = id == ignore_index;
      const int64_t at = (row / inner * classes + (ignored ? 0 : id)) * inner + row % inner;
      losses.data()[row] = ignored ? T(0) : -weight_of(row) * input.data()[at];
    }
  });
  total_of_rows<T>(total, scale, losses.data(), rows, Divisor(divisor), weight_of);
}

/// dinput[o, target[o, i], i] = -weight[target[o, i]] dy[o, i] scale, elsewhere 0.
template <class T>
void nll_loss_backward(Out<T> dinput, In<T> dy, In<T> scale, In<int64_t> target, In<T> weight, int64_t n,
                       int64_t ignore_index) {
  if (!dinput) return;
  const int64_t inner = target.shape(1), rows = target.size(), dy_stride = dy.ndim() == 0 ? 0 : 1;
  if (!dinput.accumulate()) map_dense<T>(dinput.data(), false, dinput.size(), [] { return Vector<T>{}; });
  parallel(rows, chunk_elements, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t id = target.data()[row];
      if (id == ignore_index) continue;
      const T share = weight ? weight.data()[id] : T(1);
      dinput.data()[(row / inner * n + id) * inner + row % inner] -=
          share * dy.data()[row * dy_stride] * scale.data()[0];
    }
  });
}

}  // namespace
}  // namespace mushin
