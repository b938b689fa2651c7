#include "scan.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL(cumsum, "y(o,n,i)& = x(o,n,i) reverse"),
                              KERNEL_OF_ANY_DTYPE(cumsum_of_integers, "y(o,n,i) = x(o,n,i)"),
                              KERNEL_OF_ANY_DTYPE(cumulative_extreme, "y(o,n,i) index(o,n,i) = x(o,n,i) smallest"),
                              KERNEL(cumprod_forward, "y(o,n,i) = x(o,n,i)"),
                              KERNEL(cumprod_backward, "dx(o,n,i)& = dy(o,n,i) x(o,n,i) y(o,n,i)")};

}  // namespace

MUSHIN_EXPORT(scan)

}  // namespace mushin
