#include "finite.h"

#include <cmath>

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

}  // namespace

NotFinite not_finite_in(const View& view) {
  if (!view.data) return {};
  if (view.dtype == Dtype::float32) return not_finite_of<float>(view);
  if (view.dtype == Dtype::float64) return not_finite_of<double>(view);
  return {};
}

bool checks_results() { return checking; }

bool check_results(bool wanted) {
  const bool before = checking;
  checking = wanted;
  return before;
}

}  // namespace mushin
