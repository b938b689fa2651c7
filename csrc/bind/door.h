// The one door: every kernel is called through `add_kernels`' functions. They check the arguments by the kernel's
// signature, make outputs in the pool, release the GIL, and hand the launch to a plan that is being recorded.
#pragma once
#include "array.h"

namespace mushin {

/// Adds a built-in function for every kernel of the table to the module.
void add_kernels(py::module_& module, const KernelTable& table);

}  // namespace mushin
