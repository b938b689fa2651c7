#include "loss/elements.h"

#include "table.h"

#define LOSS_KERNELS(name, loss, by_input, by_target)                                            \
  KERNEL(name##_forward, "losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"), \
      KERNEL(name##_backward, "dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"),
#define LOSS_OF_THREE_KERNELS(name, loss, by_input, by_target, by_other)                                  \
  KERNEL(name##_forward, "losses(*s)& total()& = input(*s) target(*s) other(*s)? weight(*s)? p q scale"), \
      KERNEL(name##_backward,                                                                             \
             "dinput(*s)& dtarget(*s)& dother(*s)& = dy(*s|) input(*s) target(*s) other(*s)? weight(*s)? p q scale"),

namespace mushin {
namespace {

constexpr Kernel kernels[] = {MUSHIN_LOSSES(LOSS_KERNELS) MUSHIN_LOSSES_OF_THREE(LOSS_OF_THREE_KERNELS)};

}  // namespace

MUSHIN_EXPORT(losses)

}  // namespace mushin
