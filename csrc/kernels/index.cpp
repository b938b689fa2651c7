#include "index.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL_OF_ANY_DTYPE(index, "bad!!ids flat(~) = earlier(~) ids(~) length"),
                              KERNEL_OF_ANY_DTYPE(gather, "bad!!ids y(o,i,r) = x(o,v,r) ids(o,i,r) from_end"),
                              KERNEL(scatter_add, "bad!!ids dx(o,v,r)& = dy(o,i,r) ids(o,i,r) from_end v"),
                              KERNEL_OF_ANY_DTYPE(scatter, "bad!!ids x(o,v,r) = values(o,i,r) ids(o,i,r) from_end"),
                              KERNEL(scatter_extreme, "bad!!ids y(o,v,r) = x(o,i,r) ids(o,i,r) smallest"),
                              KERNEL_OF_ANY_DTYPE(where, "y(~) = condition(~) a(~) b(~)"),
                              KERNEL_OF_ANY_DTYPE(triangle, "y(*b,m,n) = x(*b,m,n) diagonal upper")};

}  // namespace

MUSHIN_EXPORT(index)

}  // namespace mushin
