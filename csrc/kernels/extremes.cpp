#include "extremes.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL_OF_ANY_DTYPE(reduce_max, "y(o,i) index(o,i) = x(o,n,i)"),
                              KERNEL_OF_ANY_DTYPE(reduce_min, "y(o,i) index(o,i) = x(o,n,i)"),
                              KERNEL_OF_ANY_DTYPE(reduce_extreme, "y(o,i) = x(o,n,i) smallest"),
                              KERNEL(share_among_equals, "dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i)"),
                              KERNEL(put_back, "dx(o,n,i)& = dy(o,k,i) index(o,k,i) n"),
                              KERNEL(prod_forward, "y(o,i) = x(o,n,i)"),
                              KERNEL(prod_backward, "dx(o,n,i)& = dy(o,i) x(o,n,i)")};

}  // namespace

MUSHIN_EXPORT(extremes)

}  // namespace mushin
