#include "plan.h"

#include <algorithm>

#include "../core/flush.h"

namespace mushin {
namespace {

thread_local Plan* recording = nullptr;

const char* const unknown_content = "a buffer of which no kernel's result is known";

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

int64_t elements_of(const Signature& signature, const Slot* slots) {
  int64_t total = 0;
  for (size_t i = 0; i < signature.parameters.size(); ++i)
    for (int64_t k = 0; k < slots[i].count; ++k) total += size_of(slots[i].views[k]);
  return total;
}

void check_guards(const Signature& signature, const Slot* slots) {
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    const Parameter& p = signature.parameters[i];
    if (!p.guard) continue;
    const int64_t* report = reinterpret_cast<const int64_t*>(slots[i].views->data);
    if (report[0] < 0) continue;
    const bool is_excepted = report[1] >= report[2] && report[1] < report[3];
    const std::string error = "[" + signature.op + "] " + p.name + " must be in [" + std::to_string(report[2]) + ", " +
                              std::to_string(report[3]) + ")" +
                              (is_excepted ? " and not " + std::to_string(report[1]) : "") + ", got " +
                              std::to_string(report[1]) + " at position " + std::to_string(report[0]);
    if (p.is_index) throw py::index_error(error);
    throw py::value_error(error);
  }
}

PlannedLaunch::PlannedLaunch(Launch launch, const Signature* signature, const Slot* from)
    : launch(launch), signature(signature), slots(from, from + signature->parameters.size()) {
  is_guarded = std::any_of(signature->parameters.begin(), signature->parameters.end(),
                           [](const Parameter& parameter) { return parameter.guard; });
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
  for (const auto& [begin, content] : blocks_) arena_need_no_longer(arena_->get(), begin);
  arena_trim(arena_->get());
}

void Plan::begin(py::list saved) {
  if (recording) throw py::value_error("[compile] a step is being recorded already in this thread");
  recording = this;
  saved_elsewhere_ = std::move(saved);
  recording_ = true;
  outer_arena_ = arena_use(arena_->get());
}

void Plan::end() {
  if (!recording_) return;
  recording_ = false;
  saved_elsewhere_ = py::list();
  if (recording != this) return;  // another thread lets go of it
  recording = nullptr;
  arena_use(outer_arena_);
}

bool Plan::need_block(const View& view, const std::string& content) {
  const void* begin;
  int64_t bytes;
  if (!arena_block(arena_->get(), view.data, &begin, &bytes)) return false;
  const auto [block, is_new] = blocks_.try_emplace(begin, unknown_content);
  if (is_new) arena_need(arena_->get(), begin);
  if (!content.empty()) block->second = content;
  return true;
}

void Plan::note_write(const View& view, PyObject* array) {
  for (const auto& [known, saved] : written_)
    if (is_over(known, view)) return;
  py::object destination = py::reinterpret_steal<py::object>(array_over(view, memory_owner(array)));
  py::object saved = py::none();
  if (!is_saved_elsewhere(view)) {
    View copy = view;
    saved = py::reinterpret_steal<py::object>(new_array(&copy, pool_allocate_passing));
    saved[py::ellipsis()] = destination;
  }
  written_.emplace_back(std::move(destination), std::move(saved));
}

bool Plan::is_saved_elsewhere(const View& view) const {
  return std::any_of(saved_elsewhere_.begin(), saved_elsewhere_.end(),
                     [&view](py::handle array) { return is_over(py::reinterpret_borrow<py::object>(array), view); });
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
      const std::string content = role != Role::output
                                      ? ""
                                      : signature.op + "'s " + signature.parameters[i].name + " of shape " +
                                            std::string(shape_text(view)) + ", which the step computed";
      if (need_block(view, content)) continue;
      PyObject* owner = memory_owner(arrays[i][k]);
      kept_alive_.try_emplace(owner, py::reinterpret_borrow<py::object>(owner));
      if (role == Role::output || role == Role::inout)
        note_write(view, arrays[i][k]);
      else
        note_read(view, arrays[i][k]);
    }
  }
  launches_.emplace_back(launch, &signature, slots);
  elements_ += elements_of(signature, slots);
}

void Plan::replay() {
  if (recording) throw py::value_error("[compile] a compiled step cannot run inside one that is being recorded");
  if (elements_ < elements_worth_releasing) return run_launches();
  py::gil_scoped_release release;
  run_launches();
}

void Plan::run_launches() {
  const FlushSubnormals flush;
  for (failed_at_ = 0; failed_at_ < launches(); ++failed_at_) {
    const PlannedLaunch& planned = launches_[size_t(failed_at_)];
    planned.launch(planned.slots.data());
    if (planned.is_guarded) check_guards(*planned.signature, planned.slots.data());
  }
  failed_at_ = -1;
}

py::object Plan::empty(View view) {
  const UsingArena using_arena(arena_->get());
  py::object array = py::reinterpret_steal<py::object>(new_array(&view));
  need_block(view, "an argument of shape " + std::string(shape_text(view)) + ", which the step got");
  return array;
}

py::object Plan::uncounted_view(const py::array& array) {
  const View view = view_of_array(array);
  const void* begin;
  int64_t bytes;
  const bool in_arena = arena_block(arena_->get(), view.data, &begin, &bytes);
  return py::reinterpret_steal<py::object>(
      array_over(view, in_arena ? py::cast(arena_).ptr() : memory_owner(array.ptr())));
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
    const auto block = blocks_.find(starts[i]);
    descriptions.append(block == blocks_.end() ? unknown_content : block->second);
  }
  return descriptions;
}

}  // namespace mushin
