// Philox4x32-10: random bits as a pure function of a key and a counter, so that a mask does not depend on threads.
// Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once
#include <cstdint>

namespace mushin {
namespace {

struct PhiloxBits {
  uint32_t word[4];
};

/// The four words for one 64-bit key (a seed) and one 128-bit counter (a launch's number, a position in it).
inline PhiloxBits philox(uint64_t key, uint64_t launch, uint64_t position) {
  uint32_t counter[4] = {uint32_t(position), uint32_t(position >> 32), uint32_t(launch), uint32_t(launch >> 32)};
  uint32_t key_low = uint32_t(key), key_high = uint32_t(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t product_0 = uint64_t(0xD2511F53u) * counter[0];
    const uint64_t product_1 = uint64_t(0xCD9E8D57u) * counter[2];
    const uint32_t next_0 = uint32_t(product_1 >> 32) ^ counter[1] ^ key_low;
    const uint32_t next_2 = uint32_t(product_0 >> 32) ^ counter[3] ^ key_high;
    counter[1] = uint32_t(product_1);
    counter[3] = uint32_t(product_0);
    counter[0] = next_0;
    counter[2] = next_2;
    key_low += 0x9E3779B9u;
    key_high += 0xBB67AE85u;
  }
  return {{counter[0], counter[1], counter[2], counter[3]}};
}

}  // namespace
}  // namespace mushin
