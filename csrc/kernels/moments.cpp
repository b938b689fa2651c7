#include "moments.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL(var_forward, "y(o,i) mean(o,i) = x(o,n,i) correction root"),
                              KERNEL(var_backward, "dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i) mean(o,i) correction root"),
                              KERNEL(logsumexp_forward, "y(o,i) = x(o,n,i)"),
                              KERNEL(logsumexp_backward, "dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i)"),
                              KERNEL(norm_forward, "y(o,i) = x(o,n,i) p"),
                              KERNEL(norm_backward, "dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i) p")};

}  // namespace

MUSHIN_EXPORT(moments)

}  // namespace mushin
