#include "metrics.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(add_weighted, "total(2) rows(r) = values(r,n) weights(g)? factor"),
    KERNEL(add_agreeing, "total(2) rows(r) = outputs(r,n) target(r,n) weights(g)? threshold"),
    KERNEL(add_correct, "total(2) rows(r) = scores(r,n) target(r) weights(g)? among"),
    KERNEL(add_counts, "counts(n,b,2) buckets(r,n) = outputs(r,n) target(r,n) thresholds(b) weights(g)? among"),
    KERNEL(add_confusion, "counts(n,n) bad!target picked(r) = scores(r,n) target(r) weights(g)?"),
    KERNEL(add_moments, "sums(4,n) = outputs(r,n) target(r,n) weights(g)?")};

}  // namespace

MUSHIN_EXPORT(metrics)

}  // namespace mushin
