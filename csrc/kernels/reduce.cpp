#include "reduce.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL(reduce_sum, "y(o,i)& = x(o,n,i) scale"),
                              KERNEL(spread, "dx(o,n,i)& = dy(o,i) n scale"),
                              KERNEL(reduce_max, "y(o,i) index(o,i) = x(o,n,i)"),
                              KERNEL(reduce_max_backward, "dx(o,n,i)& = dy(o,i) index(o,i) n")};

}  // namespace

MUSHIN_EXPORT(reduce)

}  // namespace mushin
