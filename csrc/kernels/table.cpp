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
#include "gemm/gemm.h"
#include "metrics.h"
#include "norm.h"
#include "optimizer.h"
#include "random.h"
#include "reduce.h"
#include "softmax.h"

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
    KERNEL(reduce_max, "y(o,i) index(o,i) = x(o,n,i)"),
    KERNEL(reduce_max_backward, "dx(o,n,i)& = dy(o,i) index(o,i) n"),
    KERNEL(layer_norm_forward, "y(*r,n) mean(*r) rstd(*r) = x(*r,n) weight(n)? bias(n)? eps"),
    KERNEL(layer_norm_backward, "dx(*r,n)& dweight(n)& dbias(n)& = dy(*r,n) x(*r,n) weight(n)? mean(*r) rstd(*r)"),
    KERNEL(softmax_forward, "y(*r,n) = x(*r,n)"),
    KERNEL(softmax_backward, "dx(*r,n)& = dy(*r,n) y(*r,n)"),
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
    KERNEL(add_weighted, "total(2) rows(r) = values(r,n) weights(g)? factor"),
    KERNEL(add_agreeing, "total(2) rows(r) = outputs(r,n) target(r,n) weights(g)? threshold"),
    KERNEL(add_correct, "total(2) rows(r) = scores(r,n) target(r) weights(g)? among"),
    KERNEL(add_counts, "counts(n,b,2) buckets(r,n) = outputs(r,n) target(r,n) thresholds(b) weights(g)? among"),
    KERNEL(add_confusion, "counts(n,n) bad!target picked(r) = scores(r,n) target(r) weights(g)?"),
    KERNEL(add_moments, "sums(4,n) = outputs(r,n) target(r,n) weights(g)?"),
    MUSHIN_UNARY(UNARY_KERNELS) MUSHIN_BINARY(BINARY_KERNELS)};

}  // namespace

extern const KernelTable MUSHIN_TABLE;
const KernelTable MUSHIN_TABLE = {MUSHIN_ISA_NAME, kernels, int(sizeof kernels / sizeof kernels[0])};

}  // namespace mushin
