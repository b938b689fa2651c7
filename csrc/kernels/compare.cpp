#include "compare.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL(compare, "y(~) = a(~) b(~) relation"),
                              KERNEL_OF_ANY_DTYPE(compare_integers, "y(~) = a(~) b(~) relation"),
                              KERNEL_OF_ANY_DTYPE(integers, "y(~) = a(~) b(~) operation")};

}  // namespace

MUSHIN_EXPORT(compare)

}  // namespace mushin
