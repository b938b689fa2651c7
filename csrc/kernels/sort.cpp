#include "sort.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL_OF_ANY_DTYPE(sort, "values(o,k) index(o,k) = x(o,n) k descending"),
                              KERNEL_OF_ANY_DTYPE(kth_value, "values(o) index(o) = x(o,n) k nan_first"),
                              KERNEL_OF_ANY_DTYPE(searchsorted, "index(r,m) = sequence(r,n) values(r,m) right"),
                              KERNEL_OF_ANY_DTYPE(one_hot, "bad!tensor y(*i,n) = tensor(*i) n")};

}  // namespace

MUSHIN_EXPORT(sort)

}  // namespace mushin
