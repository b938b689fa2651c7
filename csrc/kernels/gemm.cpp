#include "gemm/gemm.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(gemm, "c(*b,m,n)& = a(*b,m,k) b(*b,k,n) bias(n)? activation"),
    KERNEL(gemm_with_packing, "c(m,n)& packed(k,l) packed_in() = a(m,k) b(k,n) bias(n)? block() activation")};

}  // namespace

MUSHIN_EXPORT(gemm)

}  // namespace mushin
