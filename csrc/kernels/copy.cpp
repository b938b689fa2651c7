#include "copy.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL_OF_ANY_DTYPE(copy, "y(*s)& = x(*s)"), KERNEL(fill, "y(*s)& = value"),
                              KERNEL_OF_ANY_DTYPE(gather_rows, "bad!ids y(*i,*r)& = table(v,*r) ids(*i)"),
                              KERNEL(scatter_add_rows, "bad!ids dtable(v,*r)& = dy(*i,*r) ids(*i) v")};

}  // namespace

MUSHIN_EXPORT(copy)

}  // namespace mushin
