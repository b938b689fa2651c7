#include "plan.h"

#include <algorithm>

#include "../core/flush.h"

namespace mushin {
namespace {

thread_local Plan* recording = nullptr;

View view_of_array(const py::object& array) {
  View view;
  view_of(array.ptr(), &view, "compile", "buffer");
  return view;
}

bool is_over(const py::object& array, const View& view) {
  const View other = view_of_array(array);
  return other.data == view.data && other.dtype == view.dtype && other.ndim == view.ndim &&
         std::equal(other.shape, other.shape + other.ndim, view.shape) &&
         std::equal(other.strides, other.strides + other.ndim, view.strides);
}

}  // namespace

Plan* recording_plan() { return recording; }

void run_launch(Launch launch, const Slot* slots) {
  const FlushSubnormals flush;
  launch(slots);
}

void check_guards(const Signature& signature, const Slot* slots) {
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    const Parameter& p = signature.parameters[i];
    if (!p.guard) continue;
    const int64_t* report = reinterpret_cast<const int64_t*>(slots[i].views->data);
    if (report[0] < 0) continue;
    throw py::value_error("[" + signature.op + "] " + p.name + " must be in [" + std::to_string(report[2]) + ", " +
                          std::to_string(report[3]) + "), got " + std::to_string(report[1]) + " at position " +
                          std::to_string(report[0]));
  }
}

PlannedLaunch::PlannedLaunch(Launch launch, const Signature* signature, const Slot* from)
    : launch(launch), signature(signature), slots(from, from + signature->parameters.size()) {
  for (Slot& slot : slots) {
    if (!slot.views) continue;
    auto copies = std::make_unique<View[]>(size_t(slot.count));
    std::copy(slot.views, slot.views + slot.count, copies.get());
    slot.views = copies.get();
    views.push_back(std::move(copies));
  }
}

Plan::~Plan() {
  if (recording_) end();
}

void Plan::begin() {
  if (recording) throw py::value_error("[compile] a step is being recorded already in this thread");
  recording = this;
  recording_ = true;
  outer_arena_ = arena_use(arena_->get());
}

void Plan::end() {
  if (!recording_) return;
  recording_ = false;
  recording = nullptr;
  arena_use(outer_arena_);
}

bool Plan::in_arena(const View& view) const {
  const void* begin;
  int64_t bytes;
  return arena_block(arena_->get(), view.data, &begin, &bytes);
}

void Plan::note_write(const View& view, PyObject* array) {
  for (const auto& [known, saved] : written_)
    if (is_over(known, view)) return;
  py::object destination = py::reinterpret_steal<py::object>(array_over(view, memory_owner(array)));
  // While a plan records, even this copy's memory must not come from the plan.
  py::object saved = destination.attr("copy")();
  written_.emplace_back(std::move(destination), std::move(saved));
}

void Plan::note_read(const View& view, PyObject* array) {
  if (size_of(view) == 0) return;
  for (const py::object& known : read_)
    if (is_over(known, view)) return;
  read_.push_back(py::reinterpret_steal<py::object>(array_over(view, memory_owner(array))));
}

void Plan::record(Launch launch, const Signature& signature, const Slot* slots,
                  const std::vector<std::vector<PyObject*>>& arrays) {
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    const Role role = signature.parameters[i].argument.role;
    for (size_t k = 0; k < arrays[i].size(); ++k) {
      const View& view = slots[i].views[k];
      if (!view.data) continue;
      if (in_arena(view)) {
        if (role == Role::output) {
          const void* begin;
          int64_t bytes;
          arena_block(arena_->get(), view.data, &begin, &bytes);
          last_writer_[begin] =
              signature.op + "'s " + signature.parameters[i].name + " of shape " + std::string(shape_text(view));
        }
        continue;
      }
      PyObject* owner = memory_owner(arrays[i][k]);
      kept_alive_.try_emplace(owner, py::reinterpret_borrow<py::object>(owner));
      if (role == Role::output || role == Role::inout)
        note_write(view, arrays[i][k]);
      else
        note_read(view, arrays[i][k]);
    }
  }
  launches_.emplace_back(launch, &signature, slots);
}

void Plan::replay() {
  if (recording) throw py::value_error("[compile] a compiled step cannot run inside one that is being recorded");
  py::gil_scoped_release release;
  const FlushSubnormals flush;
  for (failed_at_ = 0; failed_at_ < launches(); ++failed_at_) {
    const PlannedLaunch& planned = launches_[size_t(failed_at_)];
    planned.launch(planned.slots.data());
    check_guards(*planned.signature, planned.slots.data());
  }
  failed_at_ = -1;
}

py::object Plan::view_of_output(py::object array) {
  const View view = view_of_array(array);
  return py::reinterpret_steal<py::object>(
      array_over(view, in_arena(view) ? py::cast(arena_).ptr() : memory_owner(array.ptr())));
}

py::list Plan::written() const {
  py::list pairs;
  for (const auto& [array, saved] : written_) pairs.append(py::make_tuple(array, saved));
  return pairs;
}

py::list Plan::only_read() const {
  py::list arrays;
  for (const py::object& array : read_) {
    const View view = view_of_array(array);
    const bool is_written = std::any_of(written_.begin(), written_.end(),
                                        [&view](const auto& pair) { return overlap(view, view_of_array(pair.first)); });
    if (!is_written) arrays.append(array);
  }
  return arrays;
}

void Plan::forget_saved() {
  for (auto& [array, saved] : written_) saved = py::none();
}

py::list Plan::still_in_use() const {
  const void* starts[8];
  const int count = arena_in_use(arena_->get(), starts, 8);
  py::list descriptions;
  for (int i = 0; i < std::min(count, 8); ++i) {
    const auto writer = last_writer_.find(starts[i]);
    descriptions.append(writer == last_writer_.end() ? "a buffer that no kernel wrote" : writer->second);
  }
  return descriptions;
}

}  // namespace mushin
