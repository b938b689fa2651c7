#include "digest.h"

#include <algorithm>
#include <cstring>

namespace mushin {
namespace {

constexpr int64_t word_bytes = sizeof(uint64_t);
constexpr int lanes = 4;  // whose multiplications overlap: as fast as memory is read

/// The step of xxHash's 64-bit variant (Yann Collet): for each `word` a one-to-one function of the sum so far.
uint64_t mixed(uint64_t sum, uint64_t word) {
  sum += word * 0xC2B2AE3D27D4EB4Fu;
  return (sum << 31 | sum >> 33) * 0x9E3779B185EBCA87u;
}

uint64_t word_at(const char* data, int64_t bytes) {
  uint64_t value = 0;
  std::memcpy(&value, data, size_t(bytes));
  return value;
}

}  // namespace

uint64_t digest(const void* data, int64_t bytes, uint64_t before) {
  const char *next = static_cast<const char*>(data), *const end = next + bytes;
  uint64_t sums[lanes] = {before, 1, 2, 3};
  for (; end - next >= lanes * word_bytes; next += lanes * word_bytes)
    for (int lane = 0; lane < lanes; ++lane)
      sums[lane] = mixed(sums[lane], word_at(next + lane * word_bytes, word_bytes));
  uint64_t result = mixed(before, uint64_t(bytes));
  for (const uint64_t sum : sums) result = mixed(result, sum);
  for (; next < end; next += word_bytes)
    result = mixed(result, word_at(next, std::min(word_bytes, int64_t(end - next))));
  return result ^ result >> 29;
}

}  // namespace mushin
