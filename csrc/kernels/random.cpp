#include "random.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL(dropout_forward, "y(*s) stream(2) = generator(2) x(*s) p"),
                              KERNEL(dropout_backward, "dx(*s)& = dy(*s) stream(2) p"),
                              KERNEL(fill_uniform, "y(*s)& = generator(2) low high"),
                              KERNEL(fill_normal, "y(*s)& = generator(2) mean deviation")};

}  // namespace

MUSHIN_EXPORT(random)

}  // namespace mushin
