#include "softmax.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(softmax_forward, "y(*r,n) = x(*r,n)"),
    KERNEL(softmax_backward, "dx(*r,n)& = dy(*r,n) y(*r,n)"),
    KERNEL(log_softmax_forward, "y(*r,n) = x(*r,n)"),
    KERNEL(log_softmax_backward, "dx(*r,n)& = dy(*r,n) y(*r,n)"),
    KERNEL(cross_entropy_forward,
           "losses(r) total() saved(r,2) scale() bad!target = logits(r,n) target(r) ignore_index mean"),
    KERNEL(cross_entropy_backward, "dlogits(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r) ignore_index"),
    KERNEL(cross_entropy_rows_forward, "losses(r) total() saved(r,2) scale() = logits(r,n) target(r,n) mean"),
    KERNEL(cross_entropy_rows_backward, "dlogits(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r,n)")};

}  // namespace

MUSHIN_EXPORT(softmax)

}  // namespace mushin
