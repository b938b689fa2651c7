#include "loss/cross_entropy.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(cross_entropy_forward,
           "losses(r) total() saved(r,2) scale() bad!target = logits(r,n) target(r) weight(n)? row_weight(r)? "
           "ignore_index label_smoothing divisor"),
    KERNEL(cross_entropy_backward,
           "dlogits(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r) weight(n)? row_weight(r)? ignore_index "
           "label_smoothing"),
    KERNEL(cross_entropy_rows_forward,
           "losses(r) total() saved(r,2) scale() = logits(r,n) target(r,n) weight(n)? row_weight(r)? label_smoothing "
           "divisor"),
    KERNEL(cross_entropy_rows_backward,
           "dlogits(r,n)& dtarget(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r,n) weight(n)? row_weight(r)? "
           "label_smoothing"),
    KERNEL(nll_loss_forward,
           "losses(o,i) total() scale() bad!target = input(o,n,i) target(o,i) weight(n)? ignore_index divisor"),
    KERNEL(nll_loss_backward, "dinput(o,n,i)& = dy(o,i|) scale() target(o,i) weight(n)? n ignore_index")};

}  // namespace

MUSHIN_EXPORT(cross_entropy)

}  // namespace mushin
