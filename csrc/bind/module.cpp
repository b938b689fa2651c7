#include <cstdlib>
#include <stdexcept>

#include "../core/digest.h"
#include "../core/isa.h"
#include "../core/parallel.h"
#include "../core/pool.h"
#include "array.h"
#include "door.h"
#include "finite.h"
#include "gradients.h"
#include "inputs.h"
#include "plan.h"

namespace mushin {
namespace {

const KernelTable& table_of_this_process() {
  const char* wanted = std::getenv("MUSHIN_ISA");
  if (wanted && !*wanted) wanted = nullptr;
  if (const KernelTable* table = choose_table(wanted)) return *table;
  std::string names;
  for (const char* const* name = available_isas(); *name; ++name) names.append(names.empty() ? "" : ", ").append(*name);
  throw std::runtime_error("MUSHIN_ISA must be one of " + names + " on this processor, got " + wanted);
}

struct Integer {
  int64_t value;
  int overflow;  // -1 or 1 if 64 bits cannot hold it
};

/// An integer argument; `wanted`, what it must be, is for the message.
Integer integer_of(py::handle argument, const char* op, const char* wanted) {
  const py::object integer = py::reinterpret_steal<py::object>(PyNumber_Index(argument.ptr()));
  if (!integer) {
    PyErr_Clear();
    throw py::type_error("[" + std::string(op) + "] " + wanted + ", got " + Py_TYPE(argument.ptr())->tp_name);
  }
  Integer result{};
  result.value = PyLong_AsLongLongAndOverflow(integer.ptr(), &result.overflow);
  return result;
}

View shape_view(const py::tuple& shape, const char* op) {
  View view{};
  if (shape.size() > max_ndim)
    throw py::value_error("[" + std::string(op) + "] shape must have at most " + std::to_string(max_ndim) +
                          " axes, got " + std::to_string(shape.size()));
  view.ndim = int32_t(shape.size());
  for (int i = 0; i < view.ndim; ++i) {
    const Integer length = integer_of(shape[size_t(i)], op, "shape must be made of integers");
    if (length.overflow > 0)
      throw py::value_error("[" + std::string(op) + "] shape " + std::string(py::str(shape)) +
                            " is larger than memory can hold");
    if (length.overflow < 0 || length.value < 0)
      throw py::value_error("[" + std::string(op) + "] shape must not be negative, got " + std::string(py::str(shape)));
    view.shape[i] = length.value;
  }
  return view;
}

py::dtype dtype_of(const py::object& dtype) {
  try {
    return py::dtype::from_args(dtype);
  } catch (const py::error_already_set& error) {
    if (!error.matches(PyExc_TypeError)) throw;
    throw py::type_error("[empty] dtype must be a NumPy dtype, got " + std::string(py::repr(dtype)));
  }
}

/// What an array of the shape and dtype will be, without memory.
View view_to_make(const py::tuple& shape, const py::object& dtype) {
  View view = shape_view(shape, "empty");
  const py::object example = py::array(dtype_of(dtype), py::array::ShapeContainer{0});
  View of_dtype;
  view_of(example.ptr(), &of_dtype, "empty", "dtype");
  view.dtype = of_dtype.dtype;
  checked_size(view, "empty", "an array");
  return view;
}

/// An uninitialised array from the pool. `lasting` ones never come from a plan's memory.
py::object empty(const py::tuple& shape, const py::object& dtype, bool lasting) {
  View view = view_to_make(shape, dtype);
  try {
    if (!lasting) return py::reinterpret_steal<py::object>(new_array(&view));
    const UsingArena outside(nullptr);
    return py::reinterpret_steal<py::object>(new_array(&view));
  } catch (const std::bad_alloc&) {
    PyErr_Format(PyExc_MemoryError, "[empty] there is not enough memory for shape %R", shape.ptr());
    throw py::error_already_set();
  }
}

/// Of arrays without gaps, of any layout, one after the other.
uint64_t digest_of(const py::list& arrays) {
  uint64_t result = 0;
  for (const py::handle array : arrays) {
    if (!is_array(array.ptr())) throw py::type_error("[digest] arrays must hold NumPy arrays");
    View view;
    if (view_of(array.ptr(), &view, "digest", "arrays") == Layout::foreign)
      throw py::value_error("[digest] arrays must be aligned and in the native byte order");
    if (size_of(view) == 0) continue;
    const Extent extent = extent_of(view);
    result = digest(extent.begin, extent.end - extent.begin, result);
  }
  return result;
}

/// What a variable holds that lives in a cell, or under a name in a dict or a class: None if there is no such name,
/// null if the cell is empty.
py::object value_of(py::handle place, py::handle name) {
  if (PyCell_Check(place.ptr())) return py::reinterpret_steal<py::object>(PyCell_Get(place.ptr()));
  if (!PyDict_Check(place.ptr())) return place.attr("get")(name);
  PyObject* const value = PyDict_GetItemWithError(place.ptr(), name.ptr());
  if (!value && PyErr_Occurred()) throw py::error_already_set();
  return value ? py::reinterpret_borrow<py::object>(value) : py::none();
}

bool variables_hold(const py::list& variables, const py::list& sizes) {
  for (const py::handle variable : variables) {
    PyObject* const* parts = &PyTuple_GET_ITEM(variable.ptr(), 0);
    if (value_of(parts[0], parts[1]).ptr() != parts[2]) return false;
  }
  for (const py::handle size : sizes)
    if (PyObject_Size(PyTuple_GET_ITEM(size.ptr(), 0)) != PyLong_AsSsize_t(PyTuple_GET_ITEM(size.ptr(), 1)))
      return false;
  return true;
}

}  // namespace
}  // namespace mushin

// Not py::mod_gil_not_used(): plans and the door's lists rely on the GIL.
PYBIND11_MODULE(kernels, module) {
  using namespace mushin;
  module.doc() = "The C++ kernels, the buffer pool and the plan recorder.";
  const KernelTable& table = table_of_this_process();
  add_kernels(module, table);

  module.def("empty", &empty, py::arg("shape"), py::arg("dtype"), py::arg("lasting") = false,
             "An uninitialised array from the pool; a lasting one never from a plan's memory.");
  module.def(
      "empty_passing",
      [](const py::tuple& shape, const py::object& dtype) {
        View view = view_to_make(shape, dtype);
        return py::reinterpret_steal<py::object>(new_array(&view, pool_allocate_passing));
      },
      py::arg("shape"), py::arg("dtype"),
      "An uninitialised array whose memory goes back to the system: for copies that are rarely made.");
  module.def("digest", &digest_of, py::arg("arrays"),
             "A number that stands for the bytes of arrays without gaps: others have another, but for one in 2^64.");
  module.def(
      "segment",
      [](const py::array& array, int64_t offset, const py::tuple& shape) {
        return py::reinterpret_steal<py::object>(segment(array.ptr(), offset, shape_view(shape, "segment")));
      },
      py::arg("array"), py::arg("offset"), py::arg("shape"),
      "A dense part of a dense array, from an element on, whose base is the memory itself.");
  module.def(
      "adjacent", [](const py::array& first, const py::array& second) { return adjacent(first.ptr(), second.ptr()); },
      py::arg("first"), py::arg("second"), "Whether the second array begins where the first ends, in one memory.");
  module.def(
      "join",
      [](const py::array& first, const py::array& last) {
        return py::reinterpret_steal<py::object>(join(first.ptr(), last.ptr()));
      },
      py::arg("first"), py::arg("last"), "All elements from the first array's to the last's, as one axis.");
  module.def("isa", [&table] { return table.isa; }, "The instruction set of the kernels in use.");
  module.def(
      "available_isas",
      [] {
        py::list names;
        for (const char* const* name = available_isas(); *name; ++name) names.append(*name);
        return names;
      },
      "The instruction sets that this processor runs, best first.");
  module.def(
      "compiler",
      [] {
#if defined(__clang__)
        return __VERSION__;
#else
        return "GCC " __VERSION__;
#endif
      },
      "The compiler that built the kernels.");
  module.def("thread_runtime", &thread_runtime, "'OpenMP' or 'std::thread'.");
  module.def("num_threads", &num_threads, "How many threads kernels share their work among.");
  module.def(
      "set_num_threads",
      [](const py::object& count) {
        const Integer wanted = integer_of(count, "set_num_threads", "count must be an integer");
        if (wanted.overflow || wanted.value < 1 || wanted.value > 256)
          throw py::value_error("[set_num_threads] count must be in [1, 256], got " + std::string(py::str(count)));
        set_num_threads(int(wanted.value));
      },
      py::arg("count"), "Sets how many threads kernels share their work among; results do not depend on it.");
  module.def("quota_processors", &quota_processors, py::arg("folder"),
             "How many processors a container's quota is worth, by the cgroup files in a folder; 256 without one.");
  module.def(
      "pool_statistics",
      [] {
        const PoolStatistics s = pool_statistics();
        py::dict result;
        result["bytes_in_use"] = s.bytes_in_use;
        result["peak_bytes_in_use"] = s.peak_bytes_in_use;
        result["bytes_cached"] = s.bytes_cached;
        return result;
      },
      "Bytes in use, their peak, and bytes that wait to be used again.");
  module.def("pool_clear", &pool_clear, "Gives the pool's unused memory back to the system.");
  module.def("pool_reset_peak", &pool_reset_peak, "Lets the peak begin anew at what is in use.");
  module.def(
      "launches_recorded", [] { return recording_plan() ? recording_plan()->launches() : 0; },
      "How many launches this thread has recorded so far.");
  module.def(
      "check_results", &check_results, py::arg("wanted"),
      "Whether this thread's launches raise FloatingPointError where they make NaN or infinity of finite numbers; "
      "returns whether they did.");
  module.def("checks_results", &checks_results, "Whether they do.");
  module.def("recording", [] { return recording_plan() != nullptr; }, "Whether this thread records a plan.");

  module.def("gradient_places", &gradient_places, py::arg("leaves"),
             "For each of the leaves, weak references, a constant for where its gradient is: None, True at its home.");
  py::class_<Gradients>(module, "Gradients", "Where leaves' values are, and which gradients they have.")
      .def(py::init<const py::list&>(), py::arg("leaves"))
      .def("have_moved", &Gradients::have_moved, "Whether some leaf's values are elsewhere now.")
      .def("are_at_home", &Gradients::are_at_home, "Whether all homes are where they were, and nobody else holds one.")
      .def(
          "are_as_they_were", &Gradients::are_as_they_were,
          "Whether each leaf lives, its values, home and gradient are where they were, and nobody else holds the home.")
      .def("bind", &Gradients::bind, "Gives the leaves the gradients that they had.");

  module.def("variables_hold", &variables_hold, py::arg("variables"), py::arg("sizes"),
             "Whether variables, tuples of where one lives (a dict, a class's dict or a cell), its name and an object, "
             "hold these objects, and dicts, in tuples with their sizes, have these.");

  py::class_<Inputs>(module, "Inputs", "The arguments of a recorded step, and the copies of them that its plan reads.")
      .def(py::init<const py::tuple&, const py::list&, const py::type&, const py::type&>(), py::arg("args"),
           py::arg("buffers"), py::arg("tensor"), py::arg("rows"))
      .def("take", &Inputs::take, py::arg("args"),
           "Copies a call's arrays if all its arguments are like the recorded ones; else returns False.");

  py::class_<SharedArena, std::shared_ptr<SharedArena>>(module, "Arena", "The memory of one step's plans.")
      .def(py::init<>());
  py::class_<Plan>(module, "Plan", "A recorded step: the launches of one run, to be run again.")
      .def(py::init<std::shared_ptr<SharedArena>>(), py::arg("arena").none(false))
      .def("begin", &Plan::begin, py::arg("saved") = py::list(),
           "Starts recording this thread's launches; `written` saves no copies of the arrays `saved`.")
      .def("end", &Plan::end, "Stops recording.")
      .def("replay", &Plan::replay, "Runs the recorded launches.")
      .def(
          "empty",
          [](Plan& plan, const py::tuple& shape, const py::object& dtype) {
            return plan.empty(view_to_make(shape, dtype));
          },
          py::arg("shape"), py::arg("dtype"), "An uninitialised array in the plan's memory, for an argument.")
      .def("uncounted_view", &Plan::uncounted_view, py::arg("array"),
           "An array over the same memory that does not count as a use of it.")
      .def("written", &Plan::written, "(array, what it held before) for all memory outside the plan that it writes.")
      .def("only_read", &Plan::only_read, "The arrays outside the plan's memory that it reads and does not write.")
      .def("forget_saved", &Plan::forget_saved, "Lets go of what `written` saved.")
      .def("still_in_use", &Plan::still_in_use, "Buffers of the plan's memory that are still referenced, in words.")
      .def_property_readonly("failed_at", &Plan::failed_at, "The launch that the last replay failed at, or -1.")
      .def_property_readonly("launches", &Plan::launches, "How many launches a replay makes.")
      .def_property_readonly("memory", &Plan::memory, "Bytes of the memory that this step's plans share.");
}
