#include "inputs.h"

#include <algorithm>

#include "attributes.h"

namespace mushin {
namespace {

struct Names {
  PyObject *array = interned("array"), *node = interned("_node"), *ids = interned("ids"), *dtype = interned("dtype");
};

const Names& names() {
  static const Names* const the_names = new Names;  // never destroyed: there may be no Python any more
  return *the_names;
}

template <class... Handles>
void call(const py::object& function, Handles... arguments) {
  PyObject* const all[] = {arguments.ptr()...};
  PyObject* const result = PyObject_Vectorcall(function.ptr(), all, sizeof...(arguments), nullptr);
  if (!result) throw py::error_already_set();
  Py_DECREF(result);
}

}  // namespace

Inputs::Inputs(const py::tuple& args, const py::list& buffers, const py::type& tensor, const py::type& rows) {
  const py::module_ kernels = py::module_::import("mushin.kernels");
  copy_ = kernels.attr("copy");
  gather_rows_ = kernels.attr("gather_rows");
  size_t next = 0;
  for (const py::handle argument : args) {
    One one{Kind::constant, py::reinterpret_borrow<py::object>(argument), py::none(), View{}, py::none()};
    if (is_array(argument.ptr())) one.kind = Kind::array;
    if (py::isinstance(argument, tensor)) one.kind = Kind::tensor;
    if (py::isinstance(argument, rows)) one.kind = Kind::rows;
    if (one.kind != Kind::constant) {
      if (next == buffers.size()) throw py::value_error("[compile] buffers must hold an array for each argument's");
      one.recorded = py::type::of(argument);
      one.buffer = buffers[next++];
      if (!is_array(one.buffer.ptr()) || view_of(one.buffer.ptr(), &one.view, "compile", "buffers") != Layout::dense)
        throw py::value_error("[compile] buffers must be arrays without gaps");
      if (one.kind == Kind::rows) one.dtype = get(argument, names().dtype);
    }
    all_.push_back(std::move(one));
  }
  if (next != buffers.size()) throw py::value_error("[compile] buffers must hold no more arrays than arguments do");
}

bool Inputs::take(const py::tuple& args) const {
  if (args.size() != all_.size()) return false;
  // Constants and types first: what they tell apart costs no copy.
  for (size_t i = 0; i < all_.size(); ++i) {
    const One& one = all_[i];
    PyObject* const argument = PyTuple_GET_ITEM(args.ptr(), Py_ssize_t(i));
    PyObject* const seen = one.kind == Kind::constant ? argument : reinterpret_cast<PyObject*>(Py_TYPE(argument));
    if (seen != one.recorded.ptr()) return false;
  }
  for (size_t i = 0; i < all_.size(); ++i) {
    const One& one = all_[i];
    const py::handle argument = PyTuple_GET_ITEM(args.ptr(), Py_ssize_t(i));
    if (one.kind == Kind::array && !take_array(one, argument)) return false;
    if (one.kind == Kind::rows && !take_rows(one, argument)) return false;
    if (one.kind == Kind::tensor &&
        (!get(argument, names().node).is_none() || !take_array(one, get(argument, names().array))))
      return false;
  }
  return true;
}

bool Inputs::take_array(const One& one, py::handle array) const {
  View view;
  if (!is_array(array.ptr()) || view_of(array.ptr(), &view, "compile", "an argument") != Layout::dense ||
      view.dtype != one.view.dtype || view.ndim != one.view.ndim ||
      !std::equal(view.shape, view.shape + view.ndim, one.view.shape))
    return false;
  call(copy_, one.buffer, array);
  return true;
}

bool Inputs::take_rows(const One& one, py::handle rows) const {
  if (!get(rows, names().dtype).is(one.dtype)) return false;
  const py::object array = get(rows, names().array), ids = get(rows, names().ids);
  View table, places;
  if (!is_array(array.ptr()) || !is_array(ids.ptr())) return false;
  view_of(array.ptr(), &table, "compile", "rows");
  view_of(ids.ptr(), &places, "compile", "ids");
  const bool fits = table.ndim == one.view.ndim && table.ndim > 0 && places.ndim == 1 &&
                    places.shape[0] == one.view.shape[0] &&
                    std::equal(table.shape + 1, table.shape + table.ndim, one.view.shape + 1);
  if (fits) call(gather_rows_, one.buffer, array, ids);
  return fits;
}

}  // namespace mushin
