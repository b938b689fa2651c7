// The plan recorder: while a thread records, the door hands it every launch; replay walks the list.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "../core/pool.h"
#include "array.h"
#include "signature.h"

namespace mushin {

/// A launch that can be run again: the kernel and its arguments.
struct PlannedLaunch {
  Launch launch;
  const Signature* signature;
  std::vector<Slot> slots;
  std::vector<std::unique_ptr<View[]>> views;
  bool is_guarded;

  PlannedLaunch(Launch launch, const Signature* signature, const Slot* slots);
};

/// The memory of all plans of one step, shared: they never run at the same time.
class SharedArena {
 public:
  SharedArena() : arena_(arena_create()) {}
  ~SharedArena() { arena_destroy(arena_); }
  SharedArena(const SharedArena&) = delete;
  SharedArena& operator=(const SharedArena&) = delete;
  Arena* get() const { return arena_; }

 private:
  Arena* arena_;
};

class Plan {
 public:
  explicit Plan(std::shared_ptr<SharedArena> arena) : arena_(std::move(arena)) {}
  ~Plan();

  /// Starts recording the calling thread's launches; somebody else can put back what the arrays `saved` hold.
  void begin(py::list saved);
  /// Stops recording. Whatever was recorded stays; `written` says what a recording that failed has changed.
  void end();

  /// Called by the door: `arrays` are the ndarrays behind the slots, null where a slot has none.
  void record(Launch launch, const Signature& signature, const Slot* slots,
              const std::vector<std::vector<PyObject*>>& arrays);

  /// Runs the launches. Throws ValueError or IndexError if a guard finds a bad element: `failed_at` is then the place
  /// of its launch, and later ones are not run.
  void replay();
  int64_t failed_at() const { return failed_at_; }

  /// An uninitialised array in the plan's memory, of the view's shape and dtype, for an argument of the step.
  py::object empty(View view);
  /// An array over the same memory that does not count as a use of it: through it a replay's inputs are written and its
  /// outputs read.
  py::object uncounted_view(const py::array& array);
  /// The arrays outside the plan's memory that its launches write, each with a copy of what it held before, or
  /// None if it is saved elsewhere.
  py::list written() const;
  /// The arrays outside the plan's memory that its launches read and do not write.
  py::list only_read() const;
  /// Lets go of the copies in `written`: the recording is good.
  void forget_saved();
  /// Buffers of the plan's memory that somebody still holds, in words.
  py::list still_in_use() const;

  int64_t launches() const { return int64_t(launches_.size()); }
  int64_t memory() const { return arena_bytes(arena_->get()); }

 private:
  void run_launches();
  void note_write(const View& view, PyObject* array);
  void note_read(const View& view, PyObject* array);
  bool is_saved_elsewhere(const View& view) const;
  /// Keeps the block of the arena that a view lies in, and notes what is there if it is said; false if it lies in none.
  bool need_block(const View& view, const std::string& content);

  std::shared_ptr<SharedArena> arena_;
  Arena* outer_arena_ = nullptr;
  bool recording_ = false;
  std::vector<PlannedLaunch> launches_;
  int64_t elements_ = 0;  // of all launches
  int64_t failed_at_ = -1;
  std::map<PyObject*, py::object> kept_alive_;
  py::list saved_elsewhere_;
  std::vector<std::pair<py::object, py::object>> written_;
  std::vector<py::object> read_;
  std::map<const void*, std::string> blocks_;  // of the arena that launches use: where they begin, and what is there
};

/// The plan that records this thread's launches, or null.
Plan* recording_plan();

/// Launches over fewer elements than this are over sooner than another thread could take the GIL.
constexpr int64_t elements_worth_releasing = 16384;
/// Of all arrays of a launch.
int64_t elements_of(const Signature& signature, const Slot* slots);
/// Runs a launch: subnormals count as zero.
void run_launch(Launch launch, const Slot* slots);
/// Throws ValueError or IndexError if one of the launch's guards reports an element.
void check_guards(const Signature& signature, const Slot* slots);

}  // namespace mushin
