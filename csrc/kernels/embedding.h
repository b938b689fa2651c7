// Looking vectors up in a table, and the table's gradient, of which a batch touches few rows.
#pragma once
#include "copy.h"

namespace mushin {
namespace {

/// y[i] = weight[ids[i]].
template <class T>
void embedding_forward(Out<int64_t> bad, Out<T> y, In<T> weight, In<int64_t> ids) {
  if (!ids_in_range(bad, ids, 0, weight.shape(0))) return;
  const int64_t width = weight.shape(1);
  parallel(ids.size(), chunk_rows(width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      __builtin_memcpy(y.data() + i * width, weight.data() + ids.data()[i] * width, size_t(width) * sizeof(T));
  });
}

/// dweight[ids[i]] += dy[i], in the order of i; the row `padding` gets nothing.
/// `touched` lists the `count` rows of dweight that may hold other numbers than zeros, some of them twice; any may if
/// the count is below 0. With it, only these are cleared where dweight is overwritten, and it is brought up to date.
template <class T>
void embedding_backward(Out<int64_t> bad, Out<T> dweight, InOut<int64_t> touched, InOut<int64_t> count, In<T> dy,
                        In<int64_t> ids, int64_t padding, int64_t rows) {
  if (!dweight || !ids_in_range(bad, ids, 0, rows)) return;
  const int64_t width = dweight.shape(1), n = ids.size();
  const bool overwrites = !dweight.accumulate();
  const int64_t listed = touched ? count.data()[0] : -1;
  if (overwrites && listed < 0) map_dense<T>(dweight.data(), false, dweight.size(), [] { return broadcast(T(0)); });
  // Each chunk owns some columns, and goes through the ids in order: no sum depends on threads.
  constexpr int64_t narrowest = 256 / int64_t(sizeof(T));  // four lines of the cache
  const int64_t strip = width > 4 * narrowest ? (width / 4 + narrowest - 1) / narrowest * narrowest : narrowest;
  const int64_t strips = (width + strip - 1) / strip;
  parallel(strips, 1 + chunk_elements / (n * strip + 1), [&](int64_t first, int64_t last) {
    for (int64_t at = first * strip; at < last * strip; at += strip) {
      const int64_t columns = width - at < strip ? width - at : strip;
      if (overwrites)
        for (int64_t i = 0; i < listed; ++i)
          __builtin_memset(dweight.data() + touched.data()[i] * width + at, 0, size_t(columns) * sizeof(T));
      for (int64_t i = 0; i < n; ++i) {
        if (ids.data()[i] == padding) continue;
        T* const to = dweight.data() + ids.data()[i] * width + at;
        const T* const from = dy.data() + i * width + at;
        for (int64_t c = 0; c < columns; ++c) to[c] += from[c];
      }
    }
  });
  if (!touched) return;
  const int64_t kept = overwrites ? 0 : listed;
  const bool fits = kept >= 0 && kept + n <= rows;
  if (fits) __builtin_memcpy(touched.data() + kept, ids.data(), size_t(n) * sizeof(int64_t));
  count.data()[0] = fits ? kept + n : -1;
}

}  // namespace
}  // namespace mushin
