// Comparisons, and arithmetic of integers: nothing here has a gradient.
#pragma once
#include "strided.h"

namespace mushin {
namespace {

enum class Relation : int64_t { equal, not_equal, less, less_equal, greater, greater_equal };

template <Relation relation, class T>
inline bool holds(T a, T b) {
  switch (relation) {
    case Relation::equal: return a == b;
    case Relation::not_equal: return a != b;
    case Relation::less: return a < b;
    case Relation::less_equal: return a <= b;
    case Relation::greater: return a > b;
    case Relation::greater_equal: return a >= b;
  }
}

enum class Operation : int64_t { add, sub, mul, floor_divide, remainder, maximum, minimum, bit_and, bit_or, bit_xor };

/// Python's answer, where sums and products wrap around; a quotient by 0 is 0, and its remainder.
template <Operation operation>
inline int64_t computed(int64_t a, int64_t b) {
  const bool divides = b != 0 && b != -1;
  const int64_t rest = divides ? a % b : 0, below = rest != 0 && (rest < 0) != (b < 0);
  switch (operation) {
    case Operation::add: return int64_t(uint64_t(a) + uint64_t(b));
    case Operation::sub: return int64_t(uint64_t(a) - uint64_t(b));
    case Operation::mul: return int64_t(uint64_t(a) * uint64_t(b));
    case Operation::floor_divide: return divides ? a / b - below : b == 0 ? 0 : int64_t(uint64_t(0) - uint64_t(a));
    case Operation::remainder: return rest + (below ? b : 0);
    case Operation::maximum: return a > b ? a : b;
    case Operation::minimum: return a < b ? a : b;
    case Operation::bit_and: return a & b;
    case Operation::bit_or: return a | b;
    case Operation::bit_xor: return a ^ b;
  }
}

/// Calls f(code) with a code below `count` as a constant.
template <class Code, int count, class F>
inline void with_code(int64_t code, const F& f) {
  if constexpr (count > 0) {
    if (code == count - 1) return f(Constant<Code(count - 1)>{});
    with_code<Code, count - 1>(code, f);
  }
}

/// y = f(a, b), element by element; y is dense.
template <class To, class T, class F>
inline void map_pairs(Out<To> y, StridedIn<T> a, StridedIn<T> b, const F& f) {
  const Walk<3> walk = merge_axes<3>({y.view, a.view, b.view});
  const int64_t a_stride = walk.strides[1][walk.ndim - 1], b_stride = walk.strides[2][walk.ndim - 1];
  parallel(walk.size, chunk_elements, [&](int64_t begin, int64_t end) {
    for_spans(walk, begin, end, [&](const int64_t* offsets, int64_t count) {
      To* const to = y.data() + offsets[0];
      const T *const from_a = a.data() + offsets[1], *const from_b = b.data() + offsets[2];
      for (int64_t i = 0; i < count; ++i) to[i] = f(from_a[i * a_stride], from_b[i * b_stride]);
    });
  });
}

/// y = whether a `relation` b.
template <class T>
void compare(Out<bool> y, StridedIn<T> a, StridedIn<T> b, int64_t relation) {
  with_code<Relation, 6>(relation, [&](auto constant) {
    map_pairs<bool, T>(y, a, b, [](T p, T q) { return holds<decltype(constant)::value>(p, q); });
  });
}
inline void compare_integers(Out<bool> y, StridedIn<int64_t> a, StridedIn<int64_t> b, int64_t relation) {
  compare<int64_t>(y, a, b, relation);
}

/// y = a `operation` b.
inline void integers(Out<int64_t> y, StridedIn<int64_t> a, StridedIn<int64_t> b, int64_t operation) {
  with_code<Operation, 10>(operation, [&](auto constant) {
    map_pairs<int64_t, int64_t>(y, a, b,
                                [](int64_t p, int64_t q) { return computed<decltype(constant)::value>(p, q); });
  });
}

}  // namespace
}  // namespace mushin
