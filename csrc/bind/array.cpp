#include "array.h"

#include <string>

namespace mushin {
namespace {

constexpr int contiguous_flag = 0x0001, aligned_flag = 0x0100, writable_flag = 0x0400;

struct DtypeFacts {
  const char* name;
  int64_t itemsize;
  int type_number;
};

// In the order of Dtype; the type numbers are those of NumPy's C interface.
constexpr int long_or(int other) { return sizeof(long) == 8 ? other - 2 : other; }
const DtypeFacts facts[] = {
    {"float32", 4, 11},        {"float64", 8, 12}, {"bool", 1, 0},  {"uint8", 1, 2},  {"int8", 1, 1},
    {"int16", 2, 3},           {"uint16", 2, 4},   {"int32", 4, 5}, {"uint32", 4, 6}, {"int64", 8, long_or(9)},
    {"uint64", 8, long_or(10)}};

/// Dtype of NumPy's type number, or `any` if no kernel knows it.
Dtype dtype_of_number(int number) {
  switch (number) {
    case 0: return Dtype::bool8;
    case 1: return Dtype::int8;
    case 2: return Dtype::uint8;
    case 3: return Dtype::int16;
    case 4: return Dtype::uint16;
    case 5: return Dtype::int32;
    case 6: return Dtype::uint32;
    case 7: return sizeof(long) == 8 ? Dtype::int64 : Dtype::int32;
    case 8: return sizeof(long) == 8 ? Dtype::uint64 : Dtype::uint32;
    case 9: return Dtype::int64;
    case 10: return Dtype::uint64;
    case 11: return Dtype::float32;
    case 12: return Dtype::float64;
    default: return Dtype::any;
  }
}

py::detail::PyArray_Proxy* proxy(PyObject* array) { return py::detail::array_proxy(array); }

PyObject* make_array(const View& view, const int64_t* byte_strides) {
  auto& api = py::detail::npy_api::get();
  PyObject* descr = api.PyArray_DescrFromType_(facts[int(view.dtype)].type_number);
  Py_intptr_t dims[max_ndim], strides[max_ndim];
  for (int i = 0; i < view.ndim; ++i) {
    dims[i] = Py_intptr_t(view.shape[i]);
    if (byte_strides) strides[i] = Py_intptr_t(byte_strides[i]);
  }
  PyObject* array = api.PyArray_NewFromDescr_(api.PyArray_Type_, descr, view.ndim, dims,
                                              byte_strides ? strides : nullptr, view.data, writable_flag, nullptr);
  if (!array) throw py::error_already_set();
  return array;
}

}  // namespace

int64_t itemsize(Dtype dtype) { return facts[int(dtype)].itemsize; }
const char* dtype_name(Dtype dtype) { return dtype == Dtype::any ? "any dtype" : facts[int(dtype)].name; }

Layout view_of(PyObject* array, View* view, const char* op, const char* name) {
  const auto* a = proxy(array);
  const auto* descr = py::detail::array_descriptor_proxy(a->descr);
  view->accumulate = false;
  view->ndim = a->nd;
  view->dtype = dtype_of_number(descr->type_num);
  if (view->dtype == Dtype::any)
    throw py::type_error("[" + std::string(op) + "] " + name + " must be float32, float64, bool or integer, got " +
                         std::string(py::str(py::handle(a->descr))));
  if (a->nd > max_ndim)
    throw py::value_error("[" + std::string(op) + "] " + name + " must have at most " + std::to_string(max_ndim) +
                          " axes, got " + std::to_string(a->nd));
  for (int i = 0; i < a->nd; ++i) view->shape[i] = a->dimensions[i];
  const bool native = descr->byteorder != '>' && descr->byteorder != '<';
  if (!(a->flags & aligned_flag) || !native) return Layout::foreign;
  view->data = a->data;
  if (a->flags & contiguous_flag) {
    set_dense_strides(view);
    return Layout::dense;
  }
  const int64_t size = itemsize(view->dtype);
  for (int i = 0; i < a->nd; ++i) {
    if (a->strides[i] % size != 0) return Layout::foreign;
    view->strides[i] = a->strides[i] / size;
  }
  return Layout::strided;
}

View bytes_view(PyObject* array, int64_t size) {
  const auto* a = proxy(array);
  const auto* descr = py::detail::array_descriptor_proxy(a->descr);
  const bool swapped = size > 1 && (descr->byteorder == '>' || descr->byteorder == '<');
  View view{};
  view.data = swapped ? a->data + size - 1 : a->data;
  view.ndim = a->nd + 1;
  view.dtype = Dtype::uint8;
  for (int i = 0; i < a->nd; ++i) {
    view.shape[i] = a->dimensions[i];
    view.strides[i] = a->strides[i];
  }
  view.shape[a->nd] = size;
  view.strides[a->nd] = swapped ? -1 : 1;
  return view;
}

bool is_writable(PyObject* array) { return proxy(array)->flags & writable_flag; }

PyObject* new_array(View* view, void* (*allocate)(int64_t bytes)) {
  set_dense_strides(view);
  int64_t bytes = itemsize(view->dtype);
  for (int i = 0; i < view->ndim; ++i) bytes *= view->shape[i];
  view->data = static_cast<char*>(allocate(bytes));
  PyObject* capsule =
      PyCapsule_New(view->data, nullptr, [](PyObject* self) { pool_release(PyCapsule_GetPointer(self, nullptr)); });
  if (!capsule) {
    pool_release(view->data);
    throw py::error_already_set();
  }
  py::object owner = py::reinterpret_steal<py::object>(capsule);
  PyObject* array = make_array(*view, nullptr);
  py::detail::npy_api::get().PyArray_SetBaseObject_(array, owner.release().ptr());
  return array;
}

PyObject* array_over(const View& view, PyObject* owner) {
  int64_t byte_strides[max_ndim];
  for (int i = 0; i < view.ndim; ++i) byte_strides[i] = view.strides[i] * itemsize(view.dtype);
  PyObject* array = make_array(view, byte_strides);
  Py_INCREF(owner);
  py::detail::npy_api::get().PyArray_SetBaseObject_(array, owner);
  return array;
}

PyObject* memory_owner(PyObject* array) {
  PyObject* owner = array;
  while (is_array(owner) && proxy(owner)->base) owner = proxy(owner)->base;
  return owner;
}

PyObject* segment(PyObject* array, int64_t offset, const View& shape) {
  View view;
  const Layout layout = view_of(array, &view, "segment", "array");
  const int64_t size = checked_size(shape, "segment", "a part");
  if (layout != Layout::dense || offset < 0 || offset + size > checked_size(view, "segment", "array"))
    throw py::value_error("[segment] shape at offset must lie inside a contiguous array");
  View part = shape;
  part.dtype = view.dtype;
  part.data = view.data + offset * itemsize(view.dtype);
  set_dense_strides(&part);
  return array_over(part, memory_owner(array));
}

bool adjacent(PyObject* first, PyObject* second) {
  View a, b;
  return view_of(first, &a, "adjacent", "first") == Layout::dense &&
         view_of(second, &b, "adjacent", "second") == Layout::dense && a.dtype == b.dtype &&
         memory_owner(first) == memory_owner(second) &&
         a.data + checked_size(a, "adjacent", "first") * itemsize(a.dtype) == b.data;
}

PyObject* join(PyObject* first, PyObject* last) {
  View a, b;
  const bool dense =
      view_of(first, &a, "join", "first") == Layout::dense && view_of(last, &b, "join", "last") == Layout::dense;
  if (!dense || a.dtype != b.dtype || memory_owner(first) != memory_owner(last) || b.data < a.data)
    throw py::value_error("[join] first and last must be contiguous parts of one memory, in its order");
  View whole = a;
  whole.ndim = 1;
  whole.shape[0] = (b.data - a.data) / itemsize(a.dtype) + checked_size(b, "join", "last");
  set_dense_strides(&whole);
  return array_over(whole, memory_owner(first));
}

int64_t size_of(const View& view) {
  int64_t size = view.data ? 1 : 0;
  for (int axis = 0; axis < view.ndim; ++axis) size *= view.shape[axis];
  return size;
}

Extent extent_of(const View& view) {
  int64_t first = 0, last = 0;
  for (int axis = 0; axis < view.ndim; ++axis) {
    const int64_t reach = (view.shape[axis] - 1) * view.strides[axis];
    (reach < 0 ? first : last) += reach;
  }
  const int64_t bytes = itemsize(view.dtype);
  return {view.data + first * bytes, view.data + (last + 1) * bytes};
}

bool overlap(const View& a, const View& b) {
  if (size_of(a) == 0 || size_of(b) == 0) return false;
  const Extent first = extent_of(a), second = extent_of(b);
  return first.begin < second.end && second.begin < first.end;
}

int64_t checked_size(const View& view, const char* op, const char* name) {
  int64_t bytes = itemsize(view.dtype);
  bool empty = false, too_large = false;
  for (int i = 0; i < view.ndim; ++i) {
    if (view.shape[i] == 0)
      empty = true;  // the other lengths must fit nevertheless: NumPy has no array otherwise
    else
      too_large = too_large || __builtin_mul_overflow(bytes, view.shape[i], &bytes);
  }
  if (too_large || (!empty && bytes > (int64_t(1) << 46)))
    throw py::value_error("[" + std::string(op) + "] " + name + " of shape " + std::string(shape_text(view)) +
                          " is larger than memory can hold");
  return empty ? 0 : bytes / itemsize(view.dtype);
}

void set_dense_strides(View* view) {
  int64_t stride = 1;
  for (int i = view->ndim - 1; i >= 0; --i) {
    view->strides[i] = stride;
    stride *= view->shape[i];
  }
}

py::str shape_text(const View& view) {
  std::string text = "(";
  for (int i = 0; i < view.ndim; ++i) text += std::to_string(view.shape[i]) + (i + 1 < view.ndim ? ", " : "");
  return py::str(text + (view.ndim == 1 ? ",)" : ")"));
}

}  // namespace mushin
