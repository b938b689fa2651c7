#include "embedding.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(embedding_forward, "bad!!input y(*i,d) = weight(v,d) input(*i)"),
    KERNEL(embedding_backward, "bad!!input dweight(v,d)& touched(v)? count()? = dy(*i,d) input(*i) padding v")};

}  // namespace

MUSHIN_EXPORT(embedding)

}  // namespace mushin
