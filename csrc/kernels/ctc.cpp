#include "ctc.h"

#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL(ctc_loss_forward,
           "losses(n) total() sums(w) starts(n) bad!input_lengths bad!target_lengths bad!targets = log_probs(t,n,c) "
           "targets(*s) input_lengths(n) target_lengths(n) w blank zero_infinity mean"),
    KERNEL(ctc_loss_backward,
           "dlog_probs(t,n,c)& = dy(n|) log_probs(t,n,c) sums(w) starts(n) targets(*s) input_lengths(n) "
           "target_lengths(n) blank zero_infinity mean")};

}  // namespace

MUSHIN_EXPORT(ctc)

}  // namespace mushin
