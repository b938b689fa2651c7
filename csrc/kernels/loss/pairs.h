// Of pairs of rows: the cosine between them, their distance. Of a row and ids in it: margins.
#pragma once
#include "../copy.h"
#include "../functions.h"
#include "../reduce.h"

namespace mushin {
namespace {

/// y = a b / sqrt(A B), where A is a a and B is b b, with eps added (`adds`) or no less than eps. `saved` are
/// 1 / sqrt(A B) and what a and b take from the gradients of b and a: y / A and y / B, or 0 where eps stood for them.
template <class T>
void cosine_similarity_forward(Out<T> y, Out<T> saved, In<T> a, In<T> b, double eps, int64_t adds) {
  const int64_t rows = a.shape(0), n = a.shape(1);
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const auto product = [&](In<T> left, In<T> right) {
        const T *const l = left.data() + row * n, *const r = right.data() + row * n;
        return sum_of_vectors<T>(
            n, [=](int64_t i, int64_t count) { return load_some<T>(l + i, count) * load_some<T>(r + i, count); });
      };
      const double of_a = product(a, a), of_b = product(b, b);
      const auto kept = [=](double square) { return adds ? square + eps : square < eps ? eps : square; };
      const double inverse = 1 / __builtin_sqrt(kept(of_a) * kept(of_b)), cosine = product(a, b) * inverse;
      y.data()[row] = T(cosine);
      T* const save = saved.data() + 3 * row;
      save[0] = T(inverse);
      save[1] = adds || of_a >= eps ? T(cosine / kept(of_a)) : T(0);
      save[2] = adds || of_b >= eps ? T(cosine / kept(of_b)) : T(0);
    }
  });
}

template <class T>
void cosine_similarity_backward(Out<T> da, Out<T> db, In<T> dy, In<T> a, In<T> b, In<T> saved) {
  const int64_t rows = a.shape(0), n = a.shape(1);
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T *const save = saved.data() + 3 * row, factor = dy.data()[row];
      const auto write = [&](Out<T> to, In<T> own, In<T> other, T taken) {
        const T inverse = save[0] * factor, share = taken * factor;
        const auto gradient = [=](Vector<T> x, Vector<T> z) { return z * inverse - x * share; };
        with_writing(to.accumulate() ? Writing::adding : Writing::plain, [&](auto way) {
          map_span<T, decltype(way)::value>(to.data() + row * n, 0, n, gradient, own.data() + row * n,
                                            other.data() + row * n);
        });
      };
      if (da) write(da, a, b, save[1]);
      if (db) write(db, b, a, save[2]);
    }
  });
}

/// y = (sum of |a - b + eps|^p)^(1/p), the largest for p = infinity, how many are not 0 for p = 0.
template <class T>
void pairwise_distance_forward(Out<T> y, In<T> a, In<T> b, double p, double eps) {
  const int64_t rows = a.shape(0), n = a.shape(1);
  const bool largest = p == std::numeric_limits<double>::infinity();
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T *const left = a.data() + row * n, *const right = b.data() + row * n;
      const auto size_of = [=](int64_t i, int64_t count) {
        const Vector<T> difference = load_some<T>(left + i, count) - load_some<T>(right + i, count) + T(eps);
        return first_of<T>(absolute<T>(difference), count);
      };
      if (largest) {
        Vector<T> most{};
        for (int64_t i = 0; i < n; i += lanes<T>) most = maximum(size_of(i, n - i < lanes<T> ? n - i : lanes<T>), most);
        y.data()[row] = max_lanes<T>(most);
        continue;
      }
      const double sum = sum_of_vectors<T>(n, [&](int64_t i, int64_t count) {
        const Vector<T> size = size_of(i, count);
        if (p == 0) return size == T(0) ? Vector<T>{} : broadcast(T(1));
        return power<T>(size, T(p));
      });
      const auto size = [=](int64_t i) { return __builtin_fabs(double(left[i]) - double(right[i]) + eps); };
      const bool is_sum = p == 0 || p == 1;
      y.data()[row] = T(is_sum                  ? sum
                        : left_range<T>(sum, n) ? norm_of_ratios(n, p, size)
                        : p == 2                ? __builtin_sqrt(sum)
                                                : __builtin_pow(sum, 1 / p));
    }
  });
}

/// da = dy sign(d) (|d| / y)^(p - 1) with d = a - b + eps, and 0 where y is; db = -da. For p = infinity the largest
/// share dy.
template <class T>
void pairwise_distance_backward(Out<T> da, Out<T> db, In<T> dy, In<T> a, In<T> b, In<T> y, double p, double eps) {
  const int64_t rows = a.shape(0), n = a.shape(1);
  const bool largest = p == std::numeric_limits<double>::infinity();
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T *const left = a.data() + row * n, *const right = b.data() + row * n;
      const T distance = y.data()[row], inverse = distance == T(0) || p == 0 ? T(0) : T(1) / distance;
      int64_t ties = 0;
      for (int64_t i = 0; largest && i < n; ++i) {
        const T difference = left[i] - right[i] + T(eps);
        ties += (difference < T(0) ? -difference : difference) == distance;
      }
      const T factor = dy.data()[row] / T(ties > 0 ? ties : 1);
      const auto gradient = [=](Vector<T> l, Vector<T> r) -> Vector<T> {
        const Vector<T> difference = l - r + T(eps), size = absolute<T>(difference);
        const Vector<T> signed_factor = difference < T(0) ? broadcast(-factor) : broadcast(factor);
        if (largest) return (size == distance) & (size > T(0)) ? signed_factor : Vector<T>{};
        if (p == 2) return difference * (factor * inverse);
        if (inverse == T(0)) return Vector<T>{};
        const Vector<T> share = p == 1 ? broadcast(T(1)) : power<T>(size * inverse, T(p - 1));
        return size == T(0) ? Vector<T>{} : signed_factor * share;
      };
      const auto negative = [=](Vector<T> l, Vector<T> r) -> Vector<T> { return -gradient(l, r); };
      const auto write = [&](Out<T> to, const auto& f) {
        with_writing(to.accumulate() ? Writing::adding : Writing::plain,
                     [&](auto way) { map_span<T, decltype(way)::value>(to.data() + row * n, 0, n, f, left, right); });
      };
      if (da) write(da, gradient);
      if (db) write(db, negative);
    }
  });
}

/// losses[r] = weight[t] / n times the sum over i != t of max(0, margin - x[t] + x[i])^p with t = target[r] and p 1 or
/// 2; total = scale times their sum.
template <class T>
void multi_margin_loss_forward(Out<T> losses, Out<T> total, Out<int64_t> bad, In<T> input, In<int64_t> target,
                               In<T> weight, int64_t p, double margin, double scale) {
  const int64_t rows = input.shape(0), n = input.shape(1);
  if (!ids_in_range(bad, target, 0, n)) return;
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* const x = input.data() + row * n;
      const int64_t id = target.data()[row];
      const T least = T(margin) - x[id];
      const auto missing = [=](Vector<T> other) {
        const Vector<T> room = least + other, short_by = room < T(0) ? Vector<T>{} : room;
        return p == 1 ? short_by : short_by * short_by;
      };
      const double sum = sum_of_vectors<T>(
          n, [&](int64_t i, int64_t count) { return first_of<T>(missing(load_some<T>(x + i, count)), count); });
      const double own = double(missing(broadcast(x[id]))[0]);
      losses.data()[row] = T((sum - own) / double(n)) * (weight ? weight.data()[id] : T(1));
    }
  });
  total.data()[0] = T(sum_contiguous<T>(losses.data(), rows) * scale);
}

/// dx[i] = weight[t] / n times p max(0, margin - x[t] + x[i])^(p - 1); dx[t] is minus the others' sum.
template <class T>
void multi_margin_loss_backward(Out<T> dinput, In<T> dy, In<T> input, In<int64_t> target, In<T> weight, int64_t p,
                                double margin, double scale) {
  if (!dinput) return;
  const int64_t rows = input.shape(0), n = input.shape(1), dy_stride = dy.ndim() == 0 ? 0 : 1;
  parallel(rows, chunk_rows(n), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* const x = input.data() + row * n;
      T* const to = dinput.data() + row * n;
      const int64_t id = target.data()[row];
      const T least = T(margin) - x[id], before = dinput.accumulate() ? to[id] : T(0);
      const T factor = dy.data()[row * dy_stride] * T(scale / double(n)) * (weight ? weight.data()[id] : T(1));
      const auto slope = [=](Vector<T> other) -> Vector<T> {
        const Vector<T> room = least + other;
        return room > T(0) ? (p == 1 ? broadcast(factor) : room * (T(2) * factor)) : Vector<T>{};
      };
      const double sum = sum_of_vectors<T>(
          n, [&](int64_t i, int64_t count) { return first_of<T>(slope(load_some<T>(x + i, count)), count); });
      with_writing(dinput.accumulate() ? Writing::adding : Writing::plain,
                   [&](auto way) { map_span<T, decltype(way)::value>(to, 0, n, slope, x); });
      to[id] = before - T(sum - double(slope(broadcast(x[id]))[0]));
    }
  });
}

}  // namespace
}  // namespace mushin
