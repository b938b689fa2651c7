#include "norm.h"

#include "batch_norm.h"
#include "group_norm.h"
#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(layer_norm_forward, "y(*r,n) mean(*r) rstd(*r) = x(*r,n) weight(n)? bias(n)? eps"),
    KERNEL(layer_norm_backward, "dx(*r,n)& dweight(n)& dbias(n)& = dy(*r,n) x(*r,n) weight(n)? mean(*r) rstd(*r)"),
    KERNEL(rms_norm_forward, "y(*r,n) rstd(*r) = x(*r,n) weight(n)? eps"),
    KERNEL(rms_norm_backward, "dx(*r,n)& dweight(n)& = dy(*r,n) x(*r,n) weight(n)? rstd(*r)"),
    KERNEL(batch_norm_forward,
           "y(o,c,i) mean(c) rstd(c) = running_mean(c)? running_var(c)? batches()? x(o,c,i) weight(c)? bias(c)? "
           "momentum cumulative correction eps"),
    KERNEL(batch_norm_evaluate,
           "y(o,c,i) mean(c) rstd(c) = x(o,c,i) running_mean(c) running_var(c) weight(c)? bias(c)? eps"),
    KERNEL(batch_norm_backward,
           "dx(o,c,i)& dweight(c)& dbias(c)& = dy(o,c,i) x(o,c,i) weight(c)? mean(c) rstd(c) of_batch"),
    KERNEL(group_norm_forward, "y(o,c,i) mean(o,g) rstd(o,g) = x(o,c,i) weight(c)? bias(c)? g eps"),
    KERNEL(group_norm_backward,
           "dx(o,c,i)& dweight(c)& dbias(c)& = dy(o,c,i) x(o,c,i) weight(c)? mean(o,g) rstd(o,g)")};

}  // namespace

MUSHIN_EXPORT(norm)

}  // namespace mushin
