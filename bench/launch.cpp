#include "launch.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mushin::bench {
namespace {

bool is_array(const Argument& parameter) { return parameter.role != Role::number && parameter.role != Role::integer; }

bool is_dense(const View& view) {
  int64_t stride = 1;
  for (int axis = view.ndim - 1; axis >= 0; --axis) {
    if (view.shape[axis] != 1 && view.strides[axis] != stride) return false;
    stride *= view.shape[axis];
  }
  return true;
}

}  // namespace

void fail(const std::string& message) {
  std::fprintf(stderr, "bench: %s\n", message.c_str());
  std::exit(2);
}

std::string Value::mismatch(const Argument& parameter) const {
  const bool has_views = list_ || !views_.empty();
  if (is_array(parameter) != has_views) return has_views ? "an array for a number" : "a number for an array";
  if (!has_views) return is_integer_ == (parameter.role == Role::integer) ? "" : "the wrong kind of number";
  if (parameter.list != list_) return list_ ? "a list for an array" : "an array for a list";
  for (const View& view : views_) {
    if (!view.data) continue;
    if (parameter.dtype != Dtype::any && parameter.dtype != view.dtype) return "an array of another dtype";
    if (parameter.dense && !is_dense(view)) return "an array with gaps for a dense one";
  }
  return "";
}

const KernelTable& kernel_table() {
  const char* wanted = std::getenv("MUSHIN_ISA");
  if (wanted && !*wanted) wanted = nullptr;
  static const KernelTable* const table = choose_table(wanted);
  if (!table) fail(std::string("this processor does not run MUSHIN_ISA=") + wanted);
  return *table;
}

std::function<void()> launch(const char* kernel, std::vector<Value> values) {
  const KernelTable& table = kernel_table();
  const Kernel* found = nullptr;
  for (int f = 0; f < table.count; ++f)
    for (int i = 0; i < table.families[f]->count; ++i)
      if (std::strcmp(table.families[f]->kernels[i].name, kernel) == 0) found = table.families[f]->kernels + i;
  if (!found) fail(std::string("there is no kernel ") + kernel);
  const std::string call = std::string(kernel) + " (" + found->signature + ")";
  if (size_t(found->count) != values.size())
    fail(call + " has " + std::to_string(found->count) + " arguments, got " + std::to_string(values.size()));
  struct Bound {
    std::vector<Value> values;
    std::vector<Slot> slots;  // refer to the values
  };
  const auto bound = std::make_shared<Bound>();
  bound->values = std::move(values);
  for (size_t i = 0; i < bound->values.size(); ++i) {
    const std::string mismatch = bound->values[i].mismatch(found->arguments[0][i]);
    if (!mismatch.empty()) fail(call + ": argument " + std::to_string(i) + " is " + mismatch);
    bound->slots.push_back(bound->values[i].slot());
  }
  return [bound, kernel_launch = found->launch[0]] { kernel_launch(bound->slots.data()); };
}

}  // namespace mushin::bench
