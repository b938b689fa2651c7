// Whether arrays hold NaN or infinity, for `check_results`.
#pragma once
#include <cstdint>

#include "../core/view.h"

namespace mushin {

/// Where an array's first NaN and first infinity are, counted in row-major order; -1 where there is none.
struct NotFinite {
  int64_t nan = -1, infinity = -1;
};
NotFinite not_finite_in(const View& view);

/// Whether this thread's launches are checked: what they make of finite numbers must be finite.
bool checks_results();
/// Sets it; returns what it was.
bool check_results(bool wanted);

}  // namespace mushin
