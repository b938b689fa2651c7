#include "gemm/gemm.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(gemm, "c(*b,m,n)& = a(*b,m,k) b(*b,k,n) bias(n)? activation"),
    KERNEL(gemm_with_packing, "c(m,n)& packed(k,l) packed_in() = a(m,k) b(k,n) bias(n)? block() activation"),
    KERNEL(gemm_of_known, "c(m,n)& = a(m,k) b(k,n) bias(n)? count(1) of_depth")};

}  // namespace

MUSHIN_EXPORT(gemm)

}  // namespace mushin
