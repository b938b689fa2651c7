// The kernels are compiled once per ISA; one table is chosen when the module is imported.
#pragma once
#include "view.h"

namespace mushin {

/// The best table that this processor runs or, if `wanted` is not null, the one of that name; null if there is none.
const KernelTable* choose_table(const char* wanted);
/// The names of the tables that this processor runs, best first; ends with null.
const char* const* available_isas();

}  // namespace mushin
