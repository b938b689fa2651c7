#include "sample.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {KERNEL_OF_ANY_DTYPE(fill_integers, "y(*s)& = generator(2) low high"),
                              KERNEL_OF_ANY_DTYPE(fill_permutation, "y(n)& = generator(2)"),
                              KERNEL(bernoulli, "y(*s) = generator(2) p(*s)"),
                              KERNEL(multinomial, "y(r,k)& = generator(2) weights(r,n) replacement")};

}  // namespace

MUSHIN_EXPORT(sample)

}  // namespace mushin
