#include "optimizer.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(sgd, "parameter[k] velocity[k]? step[k] = gradient[k] hyper(4) nesterov maximize keras"),
    KERNEL(adam,
           "parameter[k] average[k] square[k] largest[k]? step[k] = gradient[k] hyper(5) decoupled maximize keras"),
    KERNEL(squared_norms, "norms(k)& = arrays[k]"),
    KERNEL(clip_by_norm, "total_norm() arrays[k] = squared_norms(k) limit() epsilon together"),
    KERNEL(clip_by_value, "arrays[] = limit()")};

}  // namespace

MUSHIN_EXPORT(optimizer)

}  // namespace mushin
