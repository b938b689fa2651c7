#include "reduce.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(reduce_sum, "y(o,i)& = x(o,n,i) scale"), KERNEL(spread, "dx(o,n,i)& = dy(o,i) n scale"),
    KERNEL_OF_ANY_DTYPE(reduce_sum_of_integers, "y(o,i) = x(o,n,i)"),
    KERNEL_OF_ANY_DTYPE(reduce_count, "y(o,i) = x(o,n,i)"), KERNEL_OF_ANY_DTYPE(reduce_truth, "y(o,i) = x(o,n,i) all")};

}  // namespace

MUSHIN_EXPORT(reduce)

}  // namespace mushin
