#include "loss/pairs.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(cosine_similarity_forward, "y(r) saved(r,3) = a(r,n) b(r,n) eps adds"),
    KERNEL(cosine_similarity_backward, "da(r,n)& db(r,n)& = dy(r) a(r,n) b(r,n) saved(r,3)"),
    KERNEL(pairwise_distance_forward, "y(r) = a(r,n) b(r,n) p eps"),
    KERNEL(pairwise_distance_backward, "da(r,n)& db(r,n)& = dy(r) a(r,n) b(r,n) y(r) p eps"),
    KERNEL(multi_margin_loss_forward, "losses(r) total() bad!target = input(r,n) target(r) weight(n)? p margin scale"),
    KERNEL(multi_margin_loss_backward, "dinput(r,n)& = dy(r|) input(r,n) target(r) weight(n)? p margin scale")};

}  // namespace

MUSHIN_EXPORT(pairs)

}  // namespace mushin
