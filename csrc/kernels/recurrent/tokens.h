// Sequences of several lengths as packed tokens, as PyTorch's PackedSequence has them: samples in falling order of
// their lengths, and of each step the tokens of all samples that have so many, side by side. Where a sequence begins or
// what it skips costs nothing then: a layer sees tokens only.
#pragma once
#include "../copy.h"

namespace mushin {
namespace {

/// Where the tokens of a mask lie. `tokens`: of packed tokens the rows of x, whose rows are (time, batch) if
/// `time_major`, else (batch, time). `places`: of rows the packed tokens; of a row without one -1, or -2 - p if p is
/// the token that its sample took last. `begins`: of each step its first token, and the number of all; `order`: the
/// samples in falling order of their lengths. With `reverse` each sample is taken from its end.
inline void sequence_tokens(Out<int64_t> tokens, Out<int64_t> places, Out<int64_t> begins, Out<int64_t> order,
                            StridedIn<uint8_t> mask, int64_t batch, int64_t time, int64_t, int64_t time_major,
                            int64_t reverse) {
  const auto is_token = [&](int64_t sample, int64_t step) {
    return !mask || mask.data()[sample * mask.stride(0) + step * mask.stride(1)] != 0;
  };
  int64_t *const begin = begins.data(), steps = begins.size() - 1;
  int64_t* const length = static_cast<int64_t*>(scratch(0, batch * int64_t(sizeof(int64_t))));
  for (int64_t s = 0; s <= steps; ++s) begin[s] = 0;
  for (int64_t b = 0; b < batch; ++b) {
    length[b] = 0;
    for (int64_t s = 0; s < time; ++s) length[b] += is_token(b, s);
    for (int64_t s = 0; s < length[b] && s < steps; ++s) ++begin[s + 1];
  }
  // Samples by their lengths, those of one length as they come: begin[s + 1] are longer than s.
  int64_t* const next = static_cast<int64_t*>(scratch(1, (time + 1) * int64_t(sizeof(int64_t))));
  for (int64_t n = 0; n <= time; ++n) next[n] = n < steps ? begin[n + 1] : 0;
  for (int64_t b = 0; b < batch; ++b) order.data()[next[length[b]]++] = b;
  for (int64_t s = 0; s < steps; ++s) begin[s + 1] += begin[s];
  for (int64_t p = begin[steps]; p < tokens.size(); ++p) tokens.data()[p] = 0;
  for (int64_t i = 0; i < batch; ++i) {
    const int64_t b = order.data()[i];
    int64_t taken = 0;
    for (int64_t step = 0; step < time; ++step) {
      const int64_t s = reverse ? time - 1 - step : step, row = time_major ? s * batch + b : b * time + s;
      if (is_token(b, s)) {
        const int64_t token = begin[taken++] + i;
        tokens.data()[token] = row;
        places.data()[row] = token;
      } else {
        places.data()[row] = taken > 0 ? -2 - (begin[taken - 1] + i) : -1;
      }
    }
  }
}

inline bool places_in_range(Out<int64_t> bad, In<int64_t> places) {
  bad.data()[0] = -1;
  return !places || ids_in_range(bad, places, -1 - places.size(), places.size());
}

/// The rows of x that are tokens, packed. With `places`, as of sequence_tokens, a token also gets the sum of the rows
/// that repeat it: the gradient of unpack_rows. What lies behind the last token stays unwritten.
template <class T>
void pack_rows(Out<int64_t> bad_tokens, Out<int64_t> bad_places, Out<T> packed, StridedIn<T> x, In<int64_t> tokens,
               In<int64_t> count, In<int64_t> places) {
  if (!ids_in_range(bad_tokens, tokens, 0, x.shape(0)) || !places_in_range(bad_places, places)) return;
  const int64_t width = packed.shape(1), rows = packed.shape(0), column = x.stride(1);
  const int64_t known = *count.data() < rows ? *count.data() : rows;
  parallel(known, chunk_rows(width), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const T* const from = x.data() + tokens.data()[p] * x.stride(0);
      T* const to = packed.data() + p * width;
      for (int64_t i = 0; i < width; ++i) to[i] = from[i * column];
    }
  });
  if (!places) return;
  // Each chunk owns columns, so that a token's sum is added up in the order of the rows.
  parallel(width, 4 * lanes<T>, [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows; ++row) {
      if (places.data()[row] > -2) continue;
      T* const to = packed.data() + (-2 - places.data()[row]) * width;
      for (int64_t i = begin; i < end; ++i) to[i] += x.data()[row * x.stride(0) + i * column];
    }
  });
}

/// The packed tokens back in their rows. A row without one is 0 or, with `repeat`, what its sample's last token is.
template <class T>
void unpack_rows(Out<int64_t> bad, Out<T> y, In<T> packed, In<int64_t> places, int64_t repeat) {
  if (!y || !places_in_range(bad, places)) return;
  const int64_t width = y.shape(1);
  parallel(y.shape(0), chunk_rows(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t place = places.data()[row], token = place < -1 && repeat ? -2 - place : place;
      const T* const from = packed.data() + token * width;
      T* const to = y.data() + row * width;
      for (int64_t i = 0; i < width; ++i) to[i] = (y.accumulate() ? to[i] : T(0)) + (token < 0 ? T(0) : from[i]);
    }
  });
}

}  // namespace
}  // namespace mushin
