#include "door.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "finite.h"
#include "lengths.h"
#include "plan.h"
#include "signature.h"

namespace mushin {
namespace {

constexpr int max_arguments = 20;

struct BoundKernel {
  const Kernel* kernel;
  Signature signature;
  std::string doc;
  PyMethodDef definition;
};

const BoundKernel* copy_kernel = nullptr;

/// One argument of a call: its view, and the array behind it.
struct Bound {
  View view;
  PyObject* array = nullptr;
  bool given = false;  // an output that the caller brought
};

/// An argument that is a list of arrays.
struct BoundList {
  std::vector<View> views;
  std::vector<PyObject*> arrays;
};

class Call {
 public:
  explicit Call(const BoundKernel& bound)
      : kernel_(*bound.kernel), signature_(bound.signature), lengths_(bound.signature) {}
  ~Call() {
    for (PyObject* temporary : temporaries_) Py_DECREF(temporary);
  }

  PyObject* run(PyObject* const* arguments, Py_ssize_t count) {
    if (count != signature_.passed)
      throw py::type_error("[" + op() + "] takes " + std::to_string(signature_.passed) + " arguments, got " +
                           std::to_string(count));
    read(arguments);
    bind_lengths();
    if (broadcasts_) broadcast();
    make_outputs();
    if (signature_.writes_in_place) check_written_in_place();
    if (!wanted()) return results();
    if (!checks_results()) {
      launch();
    } else {
      const NotFinite before = not_finite_in_what_is_read(signature_, slots_.data());
      launch();
      check_what_is_written(signature_, slots_.data(), before);
    }
    return results();
  }

 private:
  const std::string& op() const { return signature_.op; }
  int parameters() const { return int(signature_.parameters.size()); }
  const Parameter& parameter(int i) const { return signature_.parameters[size_t(i)]; }

  // --- reading what the caller passed

  void read(PyObject* const* arguments) {
    for (int i = 0; i < parameters(); ++i) {
      const Parameter& p = parameter(i);
      Bound& b = bound_[i];
      slots_[i] = {&b.view, 1, 0, 0};
      if (!p.passed) continue;
      PyObject* argument = *arguments++;
      if (p.argument.role == Role::number) {
        slots_[i] = {nullptr, 0, PyFloat_AsDouble(argument), 0};
        if (PyErr_Occurred()) throw py::error_already_set();
      } else if (p.argument.role == Role::integer) {
        slots_[i] = {nullptr, 0, 0, PyLong_AsLongLong(argument)};
        if (PyErr_Occurred()) throw py::error_already_set();
      } else if (p.argument.list) {
        const BoundList& list = read_list(p, i, argument);
        slots_[i] = {list.views.data(), int64_t(list.views.size()), 0, 0};
      } else if (p.argument.role == Role::output) {
        read_output(p, b, argument);
      } else if (argument == Py_None && p.optional) {
        b.view = View{};
      } else {
        read_array(p, argument, &b.view, &b.array);
      }
      broadcasts_ = broadcasts_ || p.broadcast;
    }
  }

  void read_array(const Parameter& p, PyObject* argument, View* view, PyObject** array) {
    if (!is_array(argument))
      throw py::type_error("[" + op() + "] " + p.name + " must be a NumPy array, got " + Py_TYPE(argument)->tp_name);
    const Layout layout = view_of(argument, view, op().c_str(), p.name.c_str());
    check_dtype(p, view->dtype);
    *array = argument;
    const bool written = p.argument.role != Role::input;
    if (written && !is_writable(argument))
      throw py::value_error("[" + op() + "] " + p.name + " must be writable, got a read-only array");
    if (layout == Layout::dense || (layout == Layout::strided && !p.argument.dense)) return;
    if (written)
      throw py::value_error("[" + op() + "] " + p.name +
                            " must be a contiguous, aligned array in native byte order: " + "it is written in place");
    *array = layout == Layout::foreign ? copy_of_foreign(argument, view) : copy_of_strided(argument, view);
  }

  const BoundList& read_list(const Parameter& p, int i, PyObject* argument) {
    if (!PyList_Check(argument) && !PyTuple_Check(argument))
      throw py::type_error("[" + op() + "] " + p.name + " must be a list of arrays, got " + Py_TYPE(argument)->tp_name);
    PyObject* items = PySequence_Tuple(argument);  // another thread may change the list while the kernel runs
    if (!items) throw py::error_already_set();
    keep(items);
    const Py_ssize_t count = PyTuple_GET_SIZE(items);
    if (lists_.empty()) lists_.resize(size_t(parameters()));
    BoundList& list = lists_[size_t(i)];
    list.views.resize(size_t(count));
    list.arrays.resize(size_t(count));
    for (Py_ssize_t k = 0; k < count; ++k)
      read_array(p, PyTuple_GET_ITEM(items, k), &list.views[size_t(k)], &list.arrays[size_t(k)]);
    return list;
  }

  /// None: not wanted; True: a new one; an array: overwrite it; a tuple that holds an array: add to it.
  void read_output(const Parameter& p, Bound& b, PyObject* argument) {
    b.view = View{};
    if (argument == Py_True) {
      b.view.ndim = -1;  // made when the lengths are known
      return;
    }
    if (argument == Py_None) return;
    const bool accumulate = PyTuple_Check(argument) && PyTuple_GET_SIZE(argument) == 1;
    read_array(p, accumulate ? PyTuple_GET_ITEM(argument, 0) : argument, &b.view, &b.array);
    b.view.accumulate = accumulate;
    b.given = true;
  }

  void check_dtype(const Parameter& p, Dtype dtype) {
    if (!p.generic) {
      const Dtype wanted = p.argument.dtype;
      if (wanted != Dtype::any && wanted != dtype) throw_dtype(p, dtype_name(wanted), dtype);
      // An output of any dtype is of its own: what is written there is cast.
      if (wanted == Dtype::any && p.argument.role != Role::output) check_same_dtype(p, &any_dtype_, dtype);
      return;
    }
    if (dtype != Dtype::float32 && dtype != Dtype::float64) throw_dtype(p, "float32 or float64", dtype);
    check_same_dtype(p, &generic_dtype_, dtype);
  }

  void check_same_dtype(const Parameter& p, Dtype* common, Dtype dtype) const {
    if (*common == Dtype::any) *common = dtype;
    if (*common != dtype) throw_dtype(p, std::string(dtype_name(*common)) + " as the arguments before it", dtype);
  }

  [[noreturn]] void throw_dtype(const Parameter& p, const std::string& wanted, Dtype got) const {
    throw py::type_error("[" + op() + "] " + p.name + " must be " + wanted + ", got " + dtype_name(got));
  }

  // --- inputs that the kernel cannot read where they lie

  PyObject* copy_of_strided(PyObject* array, View* view) { return copy_into_new(*view, array, view); }

  PyObject* copy_of_foreign(PyObject* array, View* view) {
    checked_size(*view, op().c_str(), "array");
    if (view->ndim == max_ndim)
      throw py::value_error("[" + op() + "] a misaligned or byte-swapped array must have fewer than " +
                            std::to_string(max_ndim) + " axes");
    PyObject* copy = keep(new_array(view));
    View to = *view;
    to.dtype = Dtype::uint8;
    to.shape[to.ndim++] = itemsize(view->dtype);
    set_dense_strides(&to);
    run_copy(to, copy, bytes_view(array, itemsize(view->dtype)), array);
    return copy;
  }

  PyObject* copy_into_new(View from, PyObject* array, View* view) {
    checked_size(*view, op().c_str(), "array");
    PyObject* copy = keep(new_array(view));
    run_copy(*view, copy, from, array);
    return copy;
  }

  PyObject* keep(PyObject* temporary) {
    temporaries_.push_back(temporary);
    return temporary;
  }

  static void run_copy(const View& to, PyObject* to_array, const View& from, PyObject* from_array) {
    const Slot slots[2] = {{&to, 1, 0, 0}, {&from, 1, 0, 0}};
    if (Plan* plan = recording_plan())
      plan->record(copy_kernel->kernel->launch[0], copy_kernel->signature, slots, {{to_array}, {from_array}});
    run_launch(copy_kernel->kernel->launch[0], slots);
  }

  // --- shapes

  void bind_lengths() {
    for (int i = 0; i < parameters(); ++i) {
      const Parameter& p = parameter(i);
      if (p.binds >= 0) {
        if (slots_[i].integer < 0)
          throw py::value_error("[" + op() + "] " + p.name + " must not be negative, got " +
                                std::to_string(slots_[i].integer));
        lengths_.bind(p.binds, slots_[i].integer);
      }
    }
    bind_lists();
    std::array<int, max_arguments> undecided;
    int waiting = 0;
    for (int i = 0; i < parameters(); ++i) {
      const Parameter& p = parameter(i);
      if (p.argument.role == Role::number || p.argument.role == Role::integer || p.broadcast || p.argument.list)
        continue;
      if (p.argument.role == Role::output || !bound_[i].view.data) continue;
      if (lengths_.is_undecided(p))
        undecided[size_t(waiting++)] = i;  // the other arguments say which axes belong to which group
      else if (!lengths_.match(p, bound_[i].view))
        throw_shape(p, bound_[i].view);
    }
    for (int k = 0; k < waiting; ++k) {
      const int i = undecided[size_t(k)];
      if (!lengths_.match(parameter(i), bound_[i].view)) throw_shape(parameter(i), bound_[i].view);
    }
  }

  /// Lists of one length: as many arrays in each and, place by place, as many elements in those of the kernel's dtype
  /// and at least one in the others.
  void bind_lists() {
    if (lists_.empty()) return;
    const std::vector<View>* first = nullptr;
    for (int i = 0; i < parameters(); ++i) {
      const Parameter& p = parameter(i);
      const std::vector<View>& list = lists_[size_t(i)].views;
      if (!p.argument.list || p.dimensions.empty() || (p.optional && list.empty())) continue;
      if (!first) first = &list;
      if (!lengths_.bind(p.dimensions[0].name, int64_t(list.size())))
        throw py::value_error("[" + op() + "] " + p.name + " must hold " + std::to_string(first->size()) +
                              " arrays, got " + std::to_string(list.size()));
      for (size_t k = 0; k < list.size(); ++k) {
        const int64_t size = size_of(list[k]), wanted = p.generic ? size_of((*first)[k]) : 1;
        if (p.generic ? size != wanted : size < wanted)
          throw py::value_error("[" + op() + "] " + p.name + " must have " + (p.generic ? "" : "at least ") +
                                std::to_string(wanted) + " elements in array " + std::to_string(k) + ", got " +
                                std::to_string(size));
      }
    }
  }

  [[noreturn]] void throw_shape(const Parameter& p, const View& view) const {
    throw py::value_error("[" + op() + "] " + p.name + " must have shape " + lengths_.expected_shape(p, view) +
                          ", got " + std::string(shape_text(view)));
  }

  /// Gives all inputs of the group one shape: axes of length 1, and axes that are missing, get stride 0.
  void broadcast() {
    common_.ndim = 0;
    for (int i = 0; i < parameters(); ++i)
      if (parameter(i).broadcast && parameter(i).argument.role == Role::input && bound_[i].view.ndim > common_.ndim)
        common_.ndim = bound_[i].view.ndim;
    for (int axis = 0; axis < common_.ndim; ++axis) common_.shape[axis] = 1;
    for (int i = 0; i < parameters(); ++i) {
      const View& view = bound_[i].view;
      if (!parameter(i).broadcast || parameter(i).argument.role != Role::input) continue;
      for (int axis = common_.ndim - view.ndim; axis < common_.ndim; ++axis) {
        const int64_t length = view.shape[axis - (common_.ndim - view.ndim)];
        if (length != 1 && common_.shape[axis] != 1 && common_.shape[axis] != length) throw_broadcast();
        if (length != 1) common_.shape[axis] = length;
      }
    }
    for (int i = 0; i < parameters(); ++i) {
      if (!parameter(i).broadcast || parameter(i).argument.role != Role::input) continue;
      View& view = bound_[i].view;
      const View old = view;
      const int missing = common_.ndim - old.ndim;
      view.ndim = common_.ndim;
      for (int axis = 0; axis < common_.ndim; ++axis) {
        view.shape[axis] = common_.shape[axis];
        const bool spread = axis < missing || old.shape[axis - missing] != common_.shape[axis];
        view.strides[axis] = spread ? 0 : old.strides[axis - missing];
      }
    }
  }

  [[noreturn]] void throw_broadcast() const {
    std::string shapes;
    for (int i = 0; i < parameters(); ++i)
      if (parameter(i).broadcast && parameter(i).argument.role == Role::input)
        shapes += (shapes.empty() ? "" : " and ") + parameter(i).name + " " + std::string(shape_text(bound_[i].view));
    throw py::value_error("[" + op() + "] shapes must broadcast together, got " + shapes);
  }

  // --- outputs

  void make_outputs() {
    for (int i = 0; i < parameters(); ++i) {
      const Parameter& p = parameter(i);
      if (p.argument.role != Role::output) continue;
      Bound& b = bound_[i];
      if (b.given) {
        check_given(p, b);
        continue;
      }
      if (p.passed && b.view.ndim == 0) continue;  // not wanted
      View wanted{};
      if (p.broadcast)
        wanted = common_;
      else if (!lengths_.expand(p, &wanted))
        throw py::value_error("[" + op() + "] " + p.name + " must be an array: its shape does not follow from the " +
                              "other arguments");
      wanted.data = nullptr;
      wanted.accumulate = false;
      wanted.dtype = p.generic ? generic_dtype_ : p.argument.dtype;
      if (wanted.dtype == Dtype::any) wanted.dtype = any_dtype_;
      checked_size(wanted, op().c_str(), p.name.c_str());
      b.view = wanted;
      b.array = keep(new_array(&b.view));
    }
  }

  void check_given(const Parameter& p, Bound& b) {
    View wanted{};
    const bool known = p.broadcast ? (wanted = common_, true) : lengths_.expand(p, &wanted);
    if (known) {
      if (wanted.ndim != b.view.ndim || !std::equal(wanted.shape, wanted.shape + wanted.ndim, b.view.shape))
        throw py::value_error("[" + op() + "] " + p.name + " must have shape " + std::string(shape_text(wanted)) +
                              ", got " + std::string(shape_text(b.view)));
    } else if (!lengths_.match(p, b.view)) {
      throw_shape(p, b.view);
    }
    for (int i = 0; i < parameters(); ++i) {
      const Parameter& other = parameter(i);
      if (&other == &p || !bound_[i].array || other.argument.list) continue;
      // An elementwise kernel with one output may write in the place of what it reads; one with several reads again.
      const bool elementwise = p.broadcast || p.dimensions_text == "*s";
      const bool same_place = elementwise && other.argument.role == Role::input && signature_.outputs == 1 &&
                              other.dimensions_text == p.dimensions_text && bound_[i].view.data == b.view.data &&
                              bound_[i].view.dtype == b.view.dtype &&
                              std::equal(b.view.strides, b.view.strides + b.view.ndim, bound_[i].view.strides);
      if (!same_place && overlap(b.view, bound_[i].view))
        throw py::value_error("[" + op() + "] " + p.name + " must not overlap " + other.name +
                              " in memory: it is written while that is read");
    }
  }

  /// What is written in place must overlap nothing else. (Outputs have been compared with what is read already.)
  void check_written_in_place() {
    struct Place {
      Extent extent;
      const Parameter* parameter;
    };
    std::vector<Place> places;
    for (int i = 0; i < parameters(); ++i) {
      const Parameter& p = parameter(i);
      if (!p.passed || p.argument.role == Role::number || p.argument.role == Role::integer) continue;
      for (int64_t k = 0; k < slots_[i].count; ++k)
        if (slots_[i].views[k].data && size_of(slots_[i].views[k]) > 0)
          places.push_back({extent_of(slots_[i].views[k]), &p});
    }
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return a.extent.begin < b.extent.begin; });
    const Place *furthest = nullptr, *furthest_written = nullptr;
    for (const Place& place : places) {
      const bool is_written = place.parameter->argument.role != Role::input;
      const Place* const other = is_written ? furthest : furthest_written;
      if (other && place.extent.begin < other->extent.end)
        throw py::value_error("[" + op() + "] " + place.parameter->name + " must not overlap " +
                              other->parameter->name + " in memory: it is written in place");
      if (!furthest || place.extent.end > furthest->extent.end) furthest = &place;
      if (is_written && (!furthest_written || place.extent.end > furthest_written->extent.end))
        furthest_written = &place;
    }
  }

  // --- the launch

  /// Whether there is an output that somebody wants, or no output but arrays written in place.
  bool wanted() const {
    if (signature_.outputs == 0) return true;
    for (int i = 0; i < parameters(); ++i)
      if (parameter(i).argument.role == Role::output && !parameter(i).guard && bound_[i].view.data) return true;
    return false;
  }

  void launch() {
    const Launch launch = kernel_.launch[generic_dtype_ == Dtype::float64 ? 1 : 0];
    if (Plan* plan = recording_plan()) {
      std::vector<std::vector<PyObject*>> arrays{size_t(parameters())};
      for (int i = 0; i < parameters(); ++i) {
        if (parameter(i).argument.list)
          arrays[size_t(i)] = lists_[size_t(i)].arrays;
        else if (bound_[i].array)
          arrays[size_t(i)] = {bound_[i].array};
      }
      plan->record(launch, signature_, slots_.data(), arrays);
    }
    if (elements_of(signature_, slots_.data()) < elements_worth_releasing) {
      run_launch(launch, slots_.data());
    } else {
      py::gil_scoped_release release;
      run_launch(launch, slots_.data());
    }
    check_guards(signature_, slots_.data());
  }

  PyObject* results() {
    if (signature_.outputs == 0) Py_RETURN_NONE;
    PyObject* tuple = signature_.outputs > 1 ? PyTuple_New(signature_.outputs) : nullptr;
    if (signature_.outputs > 1 && !tuple) throw py::error_already_set();
    Py_ssize_t next = 0;
    for (int i = 0; i < parameters(); ++i) {
      const Parameter& p = parameter(i);
      if (p.argument.role != Role::output || p.guard) continue;
      PyObject* result = bound_[i].array ? bound_[i].array : Py_None;
      Py_INCREF(result);
      if (!tuple) return result;
      PyTuple_SET_ITEM(tuple, next++, result);
    }
    return tuple;
  }

  const Kernel& kernel_;
  const Signature& signature_;
  std::array<Bound, max_arguments> bound_;
  std::vector<BoundList> lists_;  // by parameter; empty if none is a list
  std::array<Slot, max_arguments> slots_;
  Lengths lengths_;
  View common_;
  bool broadcasts_ = false;
  Dtype generic_dtype_ = Dtype::any, any_dtype_ = Dtype::any;
  std::vector<PyObject*> temporaries_;
};

PyObject* call_kernel(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  const auto* bound = static_cast<const BoundKernel*>(PyCapsule_GetPointer(self, nullptr));
  try {
    return Call(*bound).run(arguments, count);
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const py::builtin_exception& error) {
    error.set_error();
  } catch (const std::bad_alloc&) {
    PyErr_Format(PyExc_MemoryError, "[%s] there is not enough memory", bound->signature.op.c_str());
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

void add_kernel(py::module_& module, const Kernel& kernel) {
  auto* bound = new BoundKernel{&kernel, parse_signature(kernel), kernel.signature, {}};  // lasts as the module does
  if (*kernel.summary) bound->doc += std::string("\n\n") + kernel.summary;
  if (bound->signature.parameters.size() > max_arguments || bound->signature.dimension_names.size() > max_dimensions)
    throw std::logic_error(std::string("the door is too small for ") + kernel.name);
  bound->definition = {kernel.name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call_kernel)),
                       METH_FASTCALL, bound->doc.c_str()};
  py::capsule self(bound);
  module.attr(kernel.name) = py::reinterpret_steal<py::object>(
      PyCFunction_NewEx(&bound->definition, self.ptr(), py::str("mushin.kernels").ptr()));
  if (std::strcmp(kernel.name, "copy") == 0) copy_kernel = bound;
}

}  // namespace

void add_kernels(py::module_& module, const KernelTable& table) {
  for (int f = 0; f < table.count; ++f)
    for (int i = 0; i < table.families[f]->count; ++i) add_kernel(module, table.families[f]->kernels[i]);
}

}  // namespace mushin
