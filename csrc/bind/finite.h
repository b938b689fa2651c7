// Whether arrays hold NaN or infinity, for `check_results`.
#pragma once
#include <cstdint>

#include "../core/view.h"
#include "signature.h"

namespace mushin {

/// Where the first NaN and the first infinity of an array are, counted in row-major order; -1 where there is none.
struct NotFinite {
  int64_t nan = -1, infinity = -1;
};
/// Those of one of the arrays that a launch reads, or adds to.
NotFinite not_finite_in_what_is_read(const Signature& signature, const Slot* slots);
/// Raises FloatingPointError if a launch has written NaN or infinity where it read none.
void check_what_is_written(const Signature& signature, const Slot* slots, const NotFinite& before);

/// Whether this thread's launches are checked: what they make of finite numbers must be finite.
bool checks_results();
/// Sets it; returns what it was.
bool check_results(bool wanted);

}  // namespace mushin
