// A number that stands for the contents of memory: other contents have another one but for one in 2^64.
#pragma once
#include <cstdint>

namespace mushin {

/// The digest of what `before` is the digest of, with these bytes behind it.
uint64_t digest(const void* data, int64_t bytes, uint64_t before);

}  // namespace mushin
