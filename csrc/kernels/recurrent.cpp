#include "recurrent/gru.h"
#include "recurrent/lstm.h"
#include "recurrent/rnn.h"
#include "recurrent/tokens.h"
#include "table.h"

namespace mushin {
namespace {

constexpr Kernel kernels[] = {
    KERNEL_OF_ANY_DTYPE(sequence_tokens,
                        "tokens(b,t) places(b,t) begins(e) order(b) = mask(b,t)? b t e time_major reverse"),
    KERNEL(pack_rows, "bad!tokens bad!places packed(n,f) = x(n,f) tokens(n) count(1) places(n)?"),
    KERNEL(unpack_rows, "bad!places y(n,f)& = packed(n,f) places(n) repeat"),
    KERNEL(states_before, "bad!begins bad!order before(n,h) = states(n,h) begins(e) order(b) first(b,h)?"),
    KERNEL(rnn_forward,
           "bad!begins bad!order last_hidden(b,h) hidden(n,h) = begins(e) order(b) first_hidden(b,h)? weight(h,h) "
           "bias(h)? relu"),
    KERNEL(rnn_backward,
           "bad!begins bad!order dsums(n,h) dfirst_hidden(b,h)& dbias(h)& = dhidden(n,h)? dlast_hidden(b,h)? "
           "hidden(n,h) begins(e) order(b) weight(h,h) relu"),
    KERNEL(lstm_forward,
           "bad!begins bad!order hidden(n,h) cells(n,h) last_hidden(b,h) last_cell(b,h) gates(n,4h) = begins(e) "
           "order(b) first_hidden(b,h)? first_cell(b,h)? weight(4h,h) bias(4h)?"),
    KERNEL(lstm_backward,
           "bad!begins bad!order dgates(n,4h) dfirst_hidden(b,h)& dfirst_cell(b,h)& dbias(4h)& = dhidden(n,h)? "
           "dlast_hidden(b,h)? dlast_cell(b,h)? gates(n,4h) cells(n,h) begins(e) order(b) first_cell(b,h)? "
           "weight(4h,h)"),
    KERNEL(gru_forward,
           "bad!begins bad!order hidden(n,h) product(n,h) last_hidden(b,h) gates(n,3h) = begins(e) order(b) "
           "first_hidden(b,h)? weight(3h,h) bias(3h)? reset_after update_first"),
    KERNEL(gru_backward,
           "bad!begins bad!order dgates(n,3h) dsums(n,3h)& dfirst_hidden(b,h)& dinput_bias(3h)& dbias(3h)& = "
           "dhidden(n,h)? dlast_hidden(b,h)? gates(n,3h) product(n,h) hidden(n,h) begins(e) order(b) "
           "first_hidden(b,h)? weight(3h,h) update_first")};

}  // namespace

MUSHIN_EXPORT(recurrent)

}  // namespace mushin
