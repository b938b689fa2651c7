// The vector type: as many floats or doubles as this object file's ISA holds in one register.
// Arithmetic, comparison and `mask ? a : b` are the compiler's own; here stands what it has no operator for.
// Everything is in an unnamed namespace, so that one ISA's code is never linked into another's.
#pragma once
#include <cstdint>
#include <limits>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace mushin {
namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(vector_bytes)));
};
template <class T>
using Vector = typename VectorOf<T>::type;

template <class T>
constexpr int lanes = vector_bytes / int(sizeof(T));

/// The signed integer as wide as T, for bit patterns and masks.
template <class T>
struct IntegerOf;
template <>
struct IntegerOf<float> {
  using type = int32_t;
};
template <>
struct IntegerOf<double> {
  using type = int64_t;
};
template <class T>
using Integer = typename IntegerOf<T>::type;

template <class T>
inline Vector<T> broadcast(T value) {
  return value - Vector<T>{};
}

template <class T>
inline Vector<T> load(const T* from) {
  Vector<T> vector;
  __builtin_memcpy(&vector, from, sizeof vector);
  return vector;
}

template <class T>
inline void store(T* to, Vector<T> vector) {
  __builtin_memcpy(to, &vector, sizeof vector);
}

/// Writes past the caches, which neither read the line first nor keep it; `to` is aligned to a vector. Other threads
/// may read what was written after `finish_stores_past_cache`.
template <class T>
inline void store_past_cache(T* to, Vector<T> vector) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), (__m512i)vector);
#elif defined(__AVX2__)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)vector);
#elif defined(__x86_64__) || defined(_M_X64)
  _mm_stream_si128(reinterpret_cast<__m128i*>(to), (__m128i)vector);
#else
  store<T>(to, vector);
#endif
}
inline void finish_stores_past_cache() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_sfence();
#endif
}

/// Asks for the cache line at `address`, which need not be one that may be read.
inline void prefetch(const void* address) { __builtin_prefetch(address); }
/// The same, into the second-level cache.
inline void prefetch_far(const void* address) { __builtin_prefetch(address, 0, 2); }

/// The first `count` elements, the others zero; reads nothing beyond them.
template <class T>
inline Vector<T> load_first(const T* from, int64_t count) {
  Vector<T> vector{};
  for (int64_t i = 0; i < count; ++i) vector[i] = from[i];
  return vector;
}

template <class T>
inline void store_first(T* to, Vector<T> vector, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = vector[i];
}

/// Nothing below `low` and nothing above `high`; a NaN stays.
template <class T>
inline Vector<T> clamp(Vector<T> x, T low, T high) {
  const Vector<T> lowered = x > high ? broadcast(high) : x;
  return lowered < low ? broadcast(low) : lowered;
}

/// 1 / x for a positive x, to within one unit in the last place.
template <class T>
inline Vector<T> reciprocal(Vector<T> x) {
  return T(1) / x;
}

#if defined(__AVX512F__)
template <>
inline Vector<float> reciprocal<float>(Vector<float> x) {
  // One of Newton's steps from 14 bits, a quarter of a division's time; infinity's reciprocal is zero at once.
  const __m512 guess = _mm512_rcp14_ps(x), rest = _mm512_fnmadd_ps(x, guess, _mm512_set1_ps(1));
  return _mm512_mask_fmadd_ps(guess, _mm512_cmp_ps_mask(guess, _mm512_setzero_ps(), _CMP_NEQ_UQ), rest, guess);
}
template <>
inline Vector<float> clamp(Vector<float> x, float low, float high) {
  return _mm512_max_ps(broadcast(low), _mm512_min_ps(broadcast(high), x));  // of a NaN and b these give b
}
template <>
inline Vector<double> clamp(Vector<double> x, double low, double high) {
  return _mm512_max_pd(broadcast(low), _mm512_min_pd(broadcast(high), x));
}
template <>
inline Vector<float> load_first(const float* from, int64_t count) {
  return _mm512_maskz_loadu_ps(__mmask16((1u << count) - 1), from);
}
template <>
inline Vector<double> load_first(const double* from, int64_t count) {
  return _mm512_maskz_loadu_pd(__mmask8((1u << count) - 1), from);
}
template <>
inline void store_first(float* to, Vector<float> vector, int64_t count) {
  _mm512_mask_storeu_ps(to, __mmask16((1u << count) - 1), vector);
}
template <>
inline void store_first(double* to, Vector<double> vector, int64_t count) {
  _mm512_mask_storeu_pd(to, __mmask8((1u << count) - 1), vector);
}
inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) { return _mm512_fmadd_ps(a, b, c); }
inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) { return _mm512_fmadd_pd(a, b, c); }
inline Vector<float> sqrt(Vector<float> x) { return _mm512_sqrt_ps(x); }
inline Vector<double> sqrt(Vector<double> x) { return _mm512_sqrt_pd(x); }
#elif defined(__AVX2__)
template <>
inline Vector<float> clamp(Vector<float> x, float low, float high) {
  return _mm256_max_ps(broadcast(low), _mm256_min_ps(broadcast(high), x));  // of a NaN and b these give b
}
template <>
inline Vector<double> clamp(Vector<double> x, double low, double high) {
  return _mm256_max_pd(broadcast(low), _mm256_min_pd(broadcast(high), x));
}
inline __m256i first_lanes(int32_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
template <>
inline Vector<float> load_first(const float* from, int64_t count) {
  return _mm256_maskload_ps(from, first_lanes(int32_t(count)));
}
template <>
inline Vector<double> load_first(const double* from, int64_t count) {
  return _mm256_maskload_pd(from, _mm256_cvtepi32_epi64(_mm256_castsi256_si128(first_lanes(int32_t(count)))));
}
template <>
inline void store_first(float* to, Vector<float> vector, int64_t count) {
  _mm256_maskstore_ps(to, first_lanes(int32_t(count)), vector);
}
template <>
inline void store_first(double* to, Vector<double> vector, int64_t count) {
  _mm256_maskstore_pd(to, _mm256_cvtepi32_epi64(_mm256_castsi256_si128(first_lanes(int32_t(count)))), vector);
}
inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) { return _mm256_fmadd_ps(a, b, c); }
inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) { return _mm256_fmadd_pd(a, b, c); }
inline Vector<float> sqrt(Vector<float> x) { return _mm256_sqrt_ps(x); }
inline Vector<double> sqrt(Vector<double> x) { return _mm256_sqrt_pd(x); }
#elif defined(__aarch64__)
inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  return (Vector<float>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return (Vector<double>)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
inline Vector<float> sqrt(Vector<float> x) { return (Vector<float>)vsqrtq_f32((float32x4_t)x); }
inline Vector<double> sqrt(Vector<double> x) { return (Vector<double>)vsqrtq_f64((float64x2_t)x); }
#else
// x86-64's baseline has no fused multiply-add: here it rounds twice.
inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) { return a * b + c; }
inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) { return a * b + c; }
inline Vector<float> sqrt(Vector<float> x) { return _mm_sqrt_ps(x); }
inline Vector<double> sqrt(Vector<double> x) { return _mm_sqrt_pd(x); }
#endif

/// x x - square, where `square` is x x rounded: what the rounding lost.
template <class T>
inline Vector<T> lost_by_square(Vector<T> x, Vector<T> square) {
#if defined(__AVX512F__) || defined(__AVX2__) || defined(__aarch64__)
  return fma(x, x, -square);
#else
  // In halves whose products are exact (Dekker 1971).
  const Vector<T> high = (Vector<T>)((Vector<Integer<T>>)x & (Integer<T>(-1) << (sizeof(T) == 4 ? 12 : 27)));
  const Vector<T> low = x - high;
  return ((high * high - square) + T(2) * high * low) + low * low;
#endif
}

template <class T>
constexpr Integer<T> sign_bit = std::numeric_limits<Integer<T>>::min();

/// |x|, of zeros and NaN too.
template <class T>
inline Vector<T> absolute(Vector<T> x) {
  return (Vector<T>)((Vector<Integer<T>>)x & ~sign_bit<T>);
}

/// x, which is not negative, with the sign of another number.
template <class T>
inline Vector<T> with_sign_of(Vector<T> x, Vector<T> other) {
  return (Vector<T>)((Vector<Integer<T>>)x | ((Vector<Integer<T>>)other & sign_bit<T>));
}

/// Whether a bit of any lane is set.
template <class V>
inline bool any(V mask) {
  uint64_t parts[sizeof(V) / sizeof(uint64_t)], all = 0;
  __builtin_memcpy(parts, &mask, sizeof mask);
  for (const uint64_t part : parts) all |= part;
  return all != 0;
}

/// `count` elements, at most a vector's.
template <class T>
inline Vector<T> load_some(const T* from, int64_t count) {
  return count == lanes<T> ? load<T>(from) : load_first<T>(from, count);
}

template <class T>
inline void store_some(T* to, Vector<T> vector, int64_t count) {
  count == lanes<T> ? store<T>(to, vector) : store_first<T>(to, vector, count);
}

/// The first `count` lanes; `rest` in the others.
template <class T>
inline Vector<T> first_of(Vector<T> vector, int64_t count, T rest = T(0)) {
  if (count == lanes<T>) return vector;
  Vector<Integer<T>> lane;
  for (int i = 0; i < lanes<T>; ++i) lane[i] = i;
  return lane < Integer<T>(count) ? vector : broadcast(rest);
}

/// Larger of the two; b if one is NaN: a single instruction of x86-64.
template <class V>
inline V larger(V a, V b) {
  return a > b ? a : b;
}
#if defined(__AVX512F__)
inline Vector<float> larger(Vector<float> a, Vector<float> b) { return _mm512_max_ps(a, b); }
inline Vector<double> larger(Vector<double> a, Vector<double> b) { return _mm512_max_pd(a, b); }
#endif

/// Larger of the two; a NaN in `a` or in `b` is carried on, as by NumPy's maximum.
template <class V>
inline V maximum(V a, V b) {
  return a != a ? a : larger(a, b);
}

template <class T, int bytes>
struct PartOf {
  typedef T type __attribute__((vector_size(bytes)));
};

/// The lanes added up in a fixed order: the upper half onto the lower, until one is left.
template <class T, int bytes = vector_bytes>
inline T sum_lanes(typename PartOf<T, bytes>::type vector) {
  if constexpr (bytes == sizeof(T)) {
    return vector[0];
  } else {
    typename PartOf<T, bytes / 2>::type half[2];
    __builtin_memcpy(half, &vector, sizeof vector);
    return sum_lanes<T, bytes / 2>(half[0] + half[1]);
  }
}

template <int... index>
struct Indices {};
template <int n, int... index>
struct MakeIndices : MakeIndices<n - 1, n - 1, index...> {};
template <int... index>
struct MakeIndices<0, index...> {
  using type = Indices<index...>;
};

/// Lane l is a's lane `at(l)` or, from `lanes` on, one of b's.
template <class T, class At, int... lane>
inline Vector<T> shuffle(Vector<T> a, Vector<T> b, At at, Indices<lane...>) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, at(lane)...);
#else
  return __builtin_shuffle(a, b, Vector<Integer<T>>{at(lane)...});
#endif
}

/// Of two rows that lie `width` apart in a matrix, with its columns in blocks of `width`: the even blocks of both, and
/// the odd ones. This is a step of a transposition.
template <class T, int width>
inline Vector<T> even_blocks(Vector<T> a, Vector<T> b) {
  return shuffle<T>(
      a, b, [](int lane) constexpr { return lane & width ? lanes<T> + lane - width : lane; },
      typename MakeIndices<lanes<T>>::type{});
}
template <class T, int width>
inline Vector<T> odd_blocks(Vector<T> a, Vector<T> b) {
  return shuffle<T>(
      a, b, [](int lane) constexpr { return lane & width ? lanes<T> + lane : lane + width; },
      typename MakeIndices<lanes<T>>::type{});
}

/// Exchanges rows and columns of a square.
template <class T, int width = lanes<T> / 2>
inline void transpose(Vector<T> (&rows)[lanes<T>]) {
  if constexpr (width > 0) {
#pragma GCC unroll 16
    for (int i = 0; i < lanes<T>; ++i) {
      if (i & width) continue;
      const Vector<T> a = rows[i], b = rows[i + width];
      rows[i] = even_blocks<T, width>(a, b);
      rows[i + width] = odd_blocks<T, width>(a, b);
    }
    transpose<T, width / 2>(rows);
  }
}

/// Lane i is sum_lanes of row i, to the bit.
template <class T, int width = lanes<T> / 2>
inline Vector<T> sum_lanes_of_each(Vector<T> (&rows)[lanes<T>]) {
  if constexpr (width == 0) {
    return rows[0];
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < width; ++i)
      rows[i] = even_blocks<T, width>(rows[i], rows[i + width]) + odd_blocks<T, width>(rows[i], rows[i + width]);
    return sum_lanes_of_each<T, width / 2>(rows);
  }
}

/// The largest lane; NaN if there is one.
template <class T, int bytes = vector_bytes>
inline T max_lanes(typename PartOf<T, bytes>::type vector) {
  if constexpr (bytes == sizeof(T)) {
    return vector[0];
  } else {
    typename PartOf<T, bytes / 2>::type half[2];
    __builtin_memcpy(half, &vector, sizeof vector);
    return max_lanes<T, bytes / 2>(maximum(half[0], half[1]));
  }
}

}  // namespace
}  // namespace mushin
