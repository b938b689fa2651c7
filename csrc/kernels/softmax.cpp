#include "softmax.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(softmax_forward, "y(*r,n) = x(*r,n)"), KERNEL(softmax_backward, "dx(*r,n)& = dy(*r,n) y(*r,n)"),
    KERNEL(log_softmax_forward, "y(*r,n) = x(*r,n)"), KERNEL(log_softmax_backward, "dx(*r,n)& = dy(*r,n) y(*r,n)")};

}  // namespace

MUSHIN_EXPORT(softmax)

}  // namespace mushin
