// Between NumPy's arrays and the kernels' views.
#pragma once
#include <pybind11/numpy.h>

#include "../core/pool.h"
#include "../core/view.h"

namespace mushin {

namespace py = pybind11;

inline bool is_array(PyObject* object) { return Py_TYPE(object) == py::detail::npy_api::get().PyArray_Type_; }

enum class Layout {
  dense,    // row-major without gaps
  strided,  // any strides that are whole elements
  foreign,  // misaligned, byte-swapped, or strides that are not whole elements: a kernel cannot read it
};

/// Reads an ndarray's metadata. For a foreign layout only shape and dtype are set. Throws TypeError for a dtype that
/// no kernel knows and ValueError for more than max_ndim axes; `op` and `name` begin the message.
Layout view_of(PyObject* array, View* view, const char* op, const char* name);

/// The bytes of any ndarray as an array with one more axis, the bytes of an element in native order.
View bytes_view(PyObject* array, int64_t itemsize);

bool is_writable(PyObject* array);

/// A new array whose memory comes from the pool; `view` receives its data and strides. New reference.
PyObject* new_array(View* view, void* (*allocate)(int64_t bytes) = pool_allocate);

/// An array over memory that `owner` keeps alive. New reference.
PyObject* array_over(const View& view, PyObject* owner);

/// What keeps an array's memory alive: the last object in its chain of bases. Borrowed.
PyObject* memory_owner(PyObject* array);

/// A dense part of a dense array, as an array of its own whose `.base` is the memory itself. New reference.
PyObject* segment(PyObject* array, int64_t offset, const View& shape);
/// Whether `second` begins where `first` ends, in the same memory.
bool adjacent(PyObject* first, PyObject* second);
/// All elements from the first array's to the last's, which lie in one memory, as one axis. New reference.
PyObject* join(PyObject* first, PyObject* last);

int64_t itemsize(Dtype dtype);
const char* dtype_name(Dtype dtype);
/// The number of elements; 0 for an argument that was left out.
int64_t size_of(const View& view);
/// The memory that a view's elements lie in; the view has some.
struct Extent {
  const char *begin, *end;
};
Extent extent_of(const View& view);
bool overlap(const View& a, const View& b);
/// The number of elements; throws ValueError if their bytes do not fit into memory addresses.
int64_t checked_size(const View& view, const char* op, const char* name);
void set_dense_strides(View* view);
py::str shape_text(const View& view);

}  // namespace mushin
