#include "optimizer/adafactor.h"
#include "optimizer/clip.h"
#include "optimizer/descent.h"
#include "optimizer/moments.h"
#include "optimizer/sparse.h"
#include "optimizer/squares.h"
#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(sgd, "parameter[k] velocity[k]? step[k] = gradient[k] hyper(4) nesterov maximize keras"),
    KERNEL(asgd, "parameter[k] average[k] step[k] eta[k] mu[k] = gradient[k] hyper(5) maximize"),
    KERNEL(rprop, "parameter[k] previous[k] size[k] step[k] = gradient[k] hyper(5) maximize"),
    KERNEL(lion, "parameter[k] average[k] step[k] = gradient[k] hyper(4) maximize"),
    KERNEL(adam,
           "parameter[k] average[k] square[k] largest[k]? step[k] = gradient[k] hyper(5) decoupled maximize keras"),
    KERNEL(nadam, "parameter[k] average[k] square[k] step[k] mu_product[k] = gradient[k] hyper(6) decoupled maximize"),
    KERNEL(radam, "parameter[k] average[k] square[k] step[k] = gradient[k] hyper(5) decoupled maximize"),
    KERNEL(adamax, "parameter[k] average[k] largest[k] step[k] = gradient[k] hyper(5) maximize keras"),
    KERNEL(rmsprop, "parameter[k] square[k] mean[k]? velocity[k]? step[k] = gradient[k] hyper(5) maximize keras"),
    KERNEL(adagrad, "parameter[k] sum[k] step[k] = gradient[k] hyper(4) maximize keras"),
    KERNEL(adadelta, "parameter[k] square[k] delta[k] step[k] = gradient[k] hyper(4) maximize keras"),
    KERNEL(adafactor, "parameter(*b,m,n) row(*b,m)? column(*b,n) step() = gradient(*b,m,n) hyper(6) maximize keras"),
    KERNEL(sparse_adam,
           "parameter(v,d) average(v,d) square(v,d) step() = gradient(v,d) touched(v)? count()? hyper(4) maximize"),
    KERNEL(norms, "norms(k)& = arrays[k] order"),
    KERNEL(norm_of_norms, "total() = norms(k) order"),
    KERNEL(clip_by_norm, "arrays[k] = norms(k|) limit() epsilon"),
    KERNEL(clip_by_value, "arrays[] = limit()"),
    KERNEL(scale, "arrays[] = factor()"),
    KERNEL(running_average, "average[k] count() = value[k] decay()")};

}  // namespace

MUSHIN_EXPORT(optimizer)

}  // namespace mushin
