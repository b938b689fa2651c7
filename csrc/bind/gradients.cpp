#include "gradients.h"

#include "attributes.h"

namespace mushin {
namespace {

struct Names {
  PyObject *array = interned("array"), *gradient = interned("_grad"), *home = interned("_home");
};

const Names& names() {
  static const Names* const the_names = new Names;  // never destroyed: there may be no Python any more
  return *the_names;
}

py::object weak(const py::object& object) {
  if (object.is_none()) return py::none();
  PyObject* reference = PyWeakref_NewRef(object.ptr(), nullptr);
  if (!reference) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(reference);
}

/// What a weak reference refers to, or None.
py::object strong(py::handle reference) {
  if (reference.is_none()) return py::none();
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* object;
  if (PyWeakref_GetRef(reference.ptr(), &object) < 0) throw py::error_already_set();
  return object ? py::reinterpret_steal<py::object>(object) : py::none();
#else
  PyObject* object = PyWeakref_GetObject(reference.ptr());
  if (!object) throw py::error_already_set();
  return py::reinterpret_borrow<py::object>(object);
#endif
}

}  // namespace

py::tuple gradient_places(const py::list& leaves) {
  py::tuple places(leaves.size());
  for (size_t i = 0; i < leaves.size(); ++i) {
    const py::object leaf = strong(leaves[i]);
    const py::object gradient = leaf.is_none() ? py::none() : get(leaf, names().gradient);
    if (gradient.is_none())
      places[i] = py::none();
    else if (gradient.is(get(leaf, names().home)))
      places[i] = py::bool_(true);
    else
      places[i] = py::int_(reinterpret_cast<uintptr_t>(gradient.ptr()));
  }
  return places;
}

Gradients::Gradients(const py::list& leaves) {
  all_.reserve(leaves.size());
  for (const py::handle reference : leaves) {
    const py::object leaf = strong(reference);
    if (leaf.is_none()) continue;
    const py::object home = get(leaf, names().home), gradient = get(leaf, names().gradient);
    const bool is_home = !gradient.is_none() && gradient.is(home);
    all_.push_back({py::reinterpret_borrow<py::object>(reference), weak(get(leaf, names().array)), weak(home), is_home,
                    is_home ? py::none() : gradient});
  }
}

bool Gradients::have_moved() const {
  for (const One& one : all_) {
    const py::object leaf = strong(one.leaf);
    if (!leaf.is_none() && !get(leaf, names().array).is(strong(one.values))) return true;
  }
  return false;
}

bool Gradients::One::is_at_home(const py::object& leaf, const py::object& gradient) const {
  const py::object then = strong(home), now = get(leaf, names().home);
  if (then.is_none() || !now.is(then)) return false;
  return now.ref_count() <= 3 + (gradient.is(now) ? 2 : 0);  // the leaf's, two of this function, and as a gradient
}

bool Gradients::are_at_home() const {
  for (const One& one : all_) {
    if (one.home.is_none()) continue;
    const py::object leaf = strong(one.leaf);
    if (!leaf.is_none() && !one.is_at_home(leaf, get(leaf, names().gradient))) return false;
  }
  return true;
}

bool Gradients::are_as_they_were() const {
  for (const One& one : all_) {
    const py::object leaf = strong(one.leaf);
    if (leaf.is_none() || !get(leaf, names().array).is(strong(one.values))) return false;
    const py::object gradient = get(leaf, names().gradient);
    if (!one.is_at_home(leaf, gradient) || !gradient.is(one.is_home ? strong(one.home) : one.other)) return false;
  }
  return true;
}

void Gradients::bind() const {
  for (const One& one : all_) {
    const py::object leaf = strong(one.leaf);
    if (leaf.is_none()) continue;
    const py::object home = strong(one.home);
    // A step that failed may have made another home.
    if (!home.is_none() && !home.is(get(leaf, names().home))) set(leaf, names().home, home);
    const py::object gradient = one.is_home ? get(leaf, names().home) : one.other;
    if (!gradient.is(get(leaf, names().gradient))) set(leaf, names().gradient, gradient);
  }
}

}  // namespace mushin
