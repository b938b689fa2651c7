// The door's table. This file is compiled once per ISA; a kernel is one line here: its name and its signature,
//     outputs = inputs
// in the order of the C++ arguments. An argument is `name(dimensions)`: a letter binds a length, `*s` binds any number
// of them, `~` takes part in broadcasting, `|` stands behind the dimensions of what may also be one number; a bare name
// is a number (an integer of a dimension's name binds it). `name(...)&` is an output that the caller passes (a new one,
// one to overwrite, one to add to, or none), an unmarked output is always new. `?` marks an input that may be left out,
// `[k]` a list of k arrays, `[]` one of any length. `bad!target` is a guard: four integers in which the kernel reports
// an element of `target` that is out of range; the door raises the error.
#include "copy.h"
#include "elementwise.h"
#include "extremes.h"
#include "gemm/gemm.h"
#include "metrics.h"
#include "moments.h"
#include "norm.h"
#include "optimizer.h"
#include "random.h"
#include "reduce.h"
#include "scan.h"
#include "softmax.h"
#include "sort.h"

namespace mushin {
namespace {

template <auto for_float, auto for_double>
constexpr Kernel describe(const char* name, const char* signature) {
  return {name,
          signature,
          {Entry<for_float>::arguments, Entry<for_double>::arguments},
          Entry<for_float>::count,
          {&Entry<for_float>::launch, &Entry<for_double>::launch}};
}

#define KERNEL(name, signature) describe<&name<float>, &name<double>>(#name, signature)
#define KERNEL_OF_ANY_DTYPE(name, signature) describe<&name, &name>(#name, signature)

#define UNARY_KERNELS(name, value, derivative) \
  KERNEL(name##_forward, "y(*s) = x(*s)"), KERNEL(name##_backward, "dx(*s)& = dy(*s) s(*s)"),
#define BINARY_KERNELS(name, value, derivative_a, derivative_b) \
  KERNEL(name##_forward, "y(~) = a(~) b(~)"), KERNEL(name##_backward, "da(~)& db(~)& = dy(~) a(~) b(~)"),

constexpr Kernel kernels[] = {
    KERNEL(gemm, "c(*b,m,n)& = a(*b,m,k) b(*b,k,n) bias(n)? activation"),
    KERNEL(gemm_with_packing, "c(m,n)& packed(k,l) packed_in() = a(m,k) b(k,n) bias(n)? block() activation"),
    KERNEL_OF_ANY_DTYPE(copy, "y(*s)& = x(*s)"),
    KERNEL(fill, "y(*s)& = value"),
    KERNEL_OF_ANY_DTYPE(gather_rows, "bad!ids y(*i,*r)& = table(v,*r) ids(*i)"),
    KERNEL(scatter_add_rows, "bad!ids dtable(v,*r)& = dy(*i,*r) ids(*i) v"),
    KERNEL(reduce_sum, "y(o,i)& = x(o,n,i) scale"),
    KERNEL(spread, "dx(o,n,i)& = dy(o,i) n scale"),
    KERNEL_OF_ANY_DTYPE(reduce_sum_of_integers, "y(o,i) = x(o,n,i)"),
    KERNEL_OF_ANY_DTYPE(reduce_count, "y(o,i) = x(o,n,i)"),
    KERNEL_OF_ANY_DTYPE(reduce_truth, "y(o,i) = x(o,n,i) all"),
    KERNEL_OF_ANY_DTYPE(reduce_max, "y(o,i) index(o,i) = x(o,n,i)"),
    KERNEL_OF_ANY_DTYPE(reduce_min, "y(o,i) index(o,i) = x(o,n,i)"),
    KERNEL_OF_ANY_DTYPE(reduce_extreme, "y(o,i) = x(o,n,i) smallest"),
    KERNEL(share_among_equals, "dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i)"),
    KERNEL(put_back, "dx(o,n,i)& = dy(o,k,i) index(o,k,i) n"),
    KERNEL(prod_forward, "y(o,i) = x(o,n,i)"),
    KERNEL(prod_backward, "dx(o,n,i)& = dy(o,i) x(o,n,i)"),
    KERNEL(var_forward, "y(o,i) mean(o,i) = x(o,n,i) correction root"),
    KERNEL(var_backward, "dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i) mean(o,i) correction root"),
    KERNEL(logsumexp_forward, "y(o,i) = x(o,n,i)"),
    KERNEL(logsumexp_backward, "dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i)"),
    KERNEL(norm_forward, "y(o,i) = x(o,n,i) p"),
    KERNEL(norm_backward, "dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i) p"),
    KERNEL(cumsum, "y(o,n,i)& = x(o,n,i) reverse"),
    KERNEL_OF_ANY_DTYPE(cumsum_of_integers, "y(o,n,i) = x(o,n,i)"),
    KERNEL(cumprod_forward, "y(o,n,i) = x(o,n,i)"),
    KERNEL(cumprod_backward, "dx(o,n,i)& = dy(o,n,i) x(o,n,i) y(o,n,i)"),
    KERNEL_OF_ANY_DTYPE(sort, "values(o,k) index(o,k) = x(o,n) k descending"),
    KERNEL_OF_ANY_DTYPE(kth_value, "values(o) index(o) = x(o,n) k nan_first"),
    KERNEL_OF_ANY_DTYPE(searchsorted, "index(r,m) = sequence(r,n) values(r,m) right"),
    KERNEL_OF_ANY_DTYPE(one_hot, "bad!tensor y(*i,n) = tensor(*i) n"),
    KERNEL(layer_norm_forward, "y(*r,n) mean(*r) rstd(*r) = x(*r,n) weight(n)? bias(n)? eps"),
    KERNEL(layer_norm_backward, "dx(*r,n)& dweight(n)& dbias(n)& = dy(*r,n) x(*r,n) weight(n)? mean(*r) rstd(*r)"),
    KERNEL(softmax_forward, "y(*r,n) = x(*r,n)"),
    KERNEL(softmax_backward, "dx(*r,n)& = dy(*r,n) y(*r,n)"),
    KERNEL(log_softmax_forward, "y(*r,n) = x(*r,n)"),
    KERNEL(log_softmax_backward, "dx(*r,n)& = dy(*r,n) y(*r,n)"),
    KERNEL(cross_entropy_forward,
           "losses(r) total() saved(r,2) scale() bad!target = logits(r,n) target(r) ignore_index mean"),
    KERNEL(cross_entropy_backward, "dlogits(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r) ignore_index"),
    KERNEL(cross_entropy_rows_forward, "losses(r) total() saved(r,2) scale() = logits(r,n) target(r,n) mean"),
    KERNEL(cross_entropy_rows_backward, "dlogits(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r,n)"),
    KERNEL(clip_forward, "y(*s) = x(*s) low high"),
    KERNEL(clip_backward, "dx(*s)& = dy(*s) x(*s) low high"),
    KERNEL(dropout_forward, "y(*s) stream(2) = generator(2) x(*s) p"),
    KERNEL(dropout_backward, "dx(*s)& = dy(*s) stream(2) p"),
    KERNEL(fill_uniform, "y(*s)& = generator(2) low high"),
    KERNEL(fill_normal, "y(*s)& = generator(2) mean deviation"),
    KERNEL(sgd, "parameter[k] velocity[k]? step[k] = gradient[k] hyper(4) nesterov maximize keras"),
    KERNEL(adam,
           "parameter[k] average[k] square[k] largest[k]? step[k] = gradient[k] hyper(5) decoupled maximize keras"),
    KERNEL(squared_norms, "norms(k)& = arrays[k]"),
    KERNEL(clip_by_norm, "total_norm() arrays[k] = squared_norms(k) limit() epsilon together"),
    KERNEL(clip_by_value, "arrays[] = limit()"),
    KERNEL(add_weighted, "total(2) = value() weight"),
    KERNEL(add_correct, "total(2) = scores(r,n) target(r)"),
    MUSHIN_UNARY(UNARY_KERNELS) MUSHIN_BINARY(BINARY_KERNELS)};

}  // namespace

extern const KernelTable MUSHIN_TABLE;
const KernelTable MUSHIN_TABLE = {MUSHIN_ISA_NAME, kernels, int(sizeof kernels / sizeof kernels[0])};

}  // namespace mushin
