// Attributes of Python objects, by names that are made once.
#pragma once
#include <pybind11/pybind11.h>

namespace mushin {

namespace py = pybind11;

/// An attribute's name: interned ones are found by their address. Never let go of.
inline PyObject* interned(const char* text) {
  PyObject* name = PyUnicode_InternFromString(text);
  if (!name) throw py::error_already_set();
  return name;
}

inline py::object get(py::handle object, PyObject* name) {
  PyObject* value = PyObject_GetAttr(object.ptr(), name);
  if (!value) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(value);
}

inline void set(py::handle object, PyObject* name, py::handle value) {
  if (PyObject_SetAttr(object.ptr(), name, value.ptr()) != 0) throw py::error_already_set();
}

}  // namespace mushin
