#include "finite.h"

#include <cmath>
#include <string>

#include "array.h"

namespace mushin {
namespace {

thread_local bool checking = false;

template <class T>
NotFinite not_finite_of(const View& view) {
  const T* const data = reinterpret_cast<const T*>(view.data);
  NotFinite found;
  const int64_t size = size_of(view);
  for (int64_t i = 0; i < size && found.nan < 0; ++i) {
    int64_t rest = i, offset = 0;
    for (int axis = view.ndim - 1; axis >= 0; --axis) {
      offset += rest % view.shape[axis] * view.strides[axis];
      rest /= view.shape[axis];
    }
    if (std::isnan(data[offset])) found.nan = i;
    if (std::isinf(data[offset]) && found.infinity < 0) found.infinity = i;
  }
  return found;
}

NotFinite not_finite_in(const View& view) {
  if (!view.data) return {};
  if (view.dtype == Dtype::float32) return not_finite_of<float>(view);
  if (view.dtype == Dtype::float64) return not_finite_of<double>(view);
  return {};
}

/// Calls f(parameter, view) for the arrays that a launch writes, or for those that it reads.
template <class F>
void for_views(const Signature& signature, const Slot* slots, bool written, const F& f) {
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    const Parameter& p = signature.parameters[i];
    for (int64_t k = 0; k < slots[i].count; ++k) {
      const View& view = slots[i].views[k];
      const bool adds = p.argument.role == Role::output && view.data && view.accumulate;
      if (p.argument.role == Role::inout || adds || (p.argument.role == Role::output) == written) f(p, view);
    }
  }
}

[[noreturn]] void throw_made(const Signature& signature, const Parameter& p, const char* what, int64_t position) {
  PyErr_SetString(PyExc_FloatingPointError, ("[" + signature.op + "] " + p.name + " holds " + what + " at position " +
                                             std::to_string(position) + ", which no input holds")
                                                .c_str());
  throw py::error_already_set();
}

}  // namespace

NotFinite not_finite_in_what_is_read(const Signature& signature, const Slot* slots) {
  NotFinite all;
  for_views(signature, slots, false, [&](const Parameter&, const View& view) {
    const NotFinite one = not_finite_in(view);
    if (one.nan >= 0) all.nan = one.nan;
    if (one.infinity >= 0) all.infinity = one.infinity;
  });
  return all;
}

void check_what_is_written(const Signature& signature, const Slot* slots, const NotFinite& before) {
  for_views(signature, slots, true, [&](const Parameter& p, const View& view) {
    const NotFinite made = not_finite_in(view);
    if (made.nan >= 0 && before.nan < 0) throw_made(signature, p, "NaN", made.nan);
    if (made.infinity >= 0 && before.infinity < 0 && before.nan < 0)
      throw_made(signature, p, "infinity", made.infinity);
  });
}

bool checks_results() { return checking; }

bool check_results(bool wanted) {
  const bool before = checking;
  checking = wanted;
  return before;
}

}  // namespace mushin
