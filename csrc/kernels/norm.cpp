#include "norm.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(layer_norm_forward, "y(*r,n) mean(*r) rstd(*r) = x(*r,n) weight(n)? bias(n)? eps"),
    KERNEL(layer_norm_backward, "dx(*r,n)& dweight(n)& dbias(n)& = dy(*r,n) x(*r,n) weight(n)? mean(*r) rstd(*r)")};

}  // namespace

MUSHIN_EXPORT(norm)

}  // namespace mushin
