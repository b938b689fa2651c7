#include "metrics.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL(add_weighted, "total(2) = value() weight"),
                              KERNEL(add_correct, "total(2) = scores(r,n) target(r)")};

}  // namespace

MUSHIN_EXPORT(metrics)

}  // namespace mushin
