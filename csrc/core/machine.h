// What kernels ask about the processor. Answers may decide how work is divided, never what is computed.
#pragma once
#include <cstdint>

namespace mushin {

/// Bytes of a core's second-level cache, as far as the system tells.
int64_t second_level_cache();

}  // namespace mushin
