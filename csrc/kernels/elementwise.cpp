#include "elementwise.h"

#include "table.h"

#define OP(name, summary, backward_signature)                                                            \
  describe<&name##_forward<float>, &name##_forward<double>>(#name "_forward", "y(*s) = x(*s)", summary), \
      KERNEL(name##_backward, backward_signature),
#define OP_OF_OUTPUT(name, summary, value, derivative) OP(name, summary, "dx(*s)& = dy(*s) y(*s)")
#define OP_OF_INPUT(name, summary, value, derivative) OP(name, summary, "dx(*s)& = dy(*s) x(*s)")
#define OP_OF_NOTHING(name, summary, value, derivative) OP(name, summary, "dx(*s)& = dy(*s)")
#define WITH_NUMBER(name, number, value, derivative) \
  KERNEL(name##_forward, "y(*s) = x(*s) " #number), KERNEL(name##_backward, "dx(*s)& = dy(*s) x(*s) " #number),
#define WITH_TWO_NUMBERS(name, first, second, value, derivative) \
  KERNEL(name##_forward, "y(*s) = x(*s) " #first " " #second),   \
      KERNEL(name##_backward, "dx(*s)& = dy(*s) x(*s) " #first " " #second),
#define BINARY_KERNELS(name, value, derivative_a, derivative_b) \
  KERNEL(name##_forward, "y(~) = a(~) b(~)"), KERNEL(name##_backward, "da(~)& db(~)& = dy(~) a(~) b(~)"),

namespace mushin {
namespace {

constexpr Kernel kernels[] = {MUSHIN_UNARY_OF_OUTPUT(OP_OF_OUTPUT) MUSHIN_UNARY_OF_INPUT(OP_OF_INPUT)
                                  MUSHIN_UNARY_OF_NOTHING(OP_OF_NOTHING) MUSHIN_UNARY_WITH_NUMBER(WITH_NUMBER)
                                      MUSHIN_UNARY_WITH_TWO_NUMBERS(WITH_TWO_NUMBERS) MUSHIN_BINARY(BINARY_KERNELS)};

}  // namespace

MUSHIN_EXPORT(elementwise)

}  // namespace mushin
