#include "lengths.h"

namespace mushin {

bool Lengths::bind(int name, int64_t length) {
  Length& known = of_[name];
  if (!known.bound) known = {true, length};
  return known.length == length;
}

int Lengths::unbound_groups(const Parameter& parameter) const {
  int count = 0;
  for (const Dimension& d : parameter.dimensions) count += d.kind == Dimension::Kind::many && !of_[d.name].bound;
  return count;
}

bool Lengths::match(const Parameter& parameter, const View& view) {
  const int unbound = unbound_groups(parameter);
  if (unbound > 1 || (parameter.or_number && view.ndim == 0)) return true;
  int spare = view.ndim;  // axes that are left for the one group that is not bound
  for (const Dimension& d : parameter.dimensions)
    spare -= d.kind != Dimension::Kind::many ? 1 : of_[d.name].bound ? int(of_[d.name].length) : 0;
  if (unbound > 0 ? spare < 0 : spare != 0) return false;
  int axis = 0;
  for (const Dimension& d : parameter.dimensions) {
    if (d.kind == Dimension::Kind::fixed) {
      if (view.shape[axis++] != d.length) return false;
      continue;
    }
    if (d.kind == Dimension::Kind::named) {
      const int64_t length = view.shape[axis++];
      if (length % d.factor != 0 || !bind(d.name, length / d.factor)) return false;
      continue;
    }
    Length& group = of_[d.name];
    if (!group.bound) group = {true, spare, &view, axis};
    for (int k = 0; k < group.length; ++k)
      if (group.view->shape[group.begin + k] != view.shape[axis + k]) return false;
    axis += int(group.length);
  }
  return true;
}

bool Lengths::expand(const Parameter& parameter, View* view) const {
  view->ndim = 0;
  for (const Dimension& d : parameter.dimensions) {
    if (d.kind == Dimension::Kind::fixed) {
      view->shape[view->ndim++] = d.length;
      continue;
    }
    const Length& length = of_[d.name];
    if (!length.bound) return false;
    if (d.kind == Dimension::Kind::named) {
      view->shape[view->ndim++] = d.factor * length.length;
      continue;
    }
    if (view->ndim + length.length > max_ndim)
      throw py::value_error("[" + signature_.op + "] " + parameter.name + " would have more than " +
                            std::to_string(max_ndim) + " axes");
    for (int k = 0; k < length.length; ++k) view->shape[view->ndim++] = length.view->shape[length.begin + k];
  }
  return true;
}

std::string Lengths::expected_shape(const Parameter& parameter, const View& view) const {
  std::string text;
  int count = 0;
  const auto add = [&](const std::string& axis) { text += (count++ ? ", " : "") + axis; };
  for (const Dimension& d : parameter.dimensions) {
    if (d.kind == Dimension::Kind::fixed) {
      add(std::to_string(d.length));
      continue;
    }
    const Length& length = of_[d.name];
    if (d.kind == Dimension::Kind::named) {
      const bool known = length.bound && !is_first_bound_by(parameter, d);
      add(known ? std::to_string(d.factor * length.length)
                : (d.factor > 1 ? std::to_string(d.factor) : "") + signature_.dimension_names[size_t(d.name)]);
    } else if (!length.bound || length.view == &view) {
      add("...");
    } else {
      for (int k = 0; k < length.length; ++k) add(std::to_string(length.view->shape[length.begin + k]));
    }
  }
  return "(" + text + (count == 1 ? ",)" : ")");
}

/// Whether no argument before this one says how long a dimension is.
bool Lengths::is_first_bound_by(const Parameter& parameter, const Dimension& dimension) const {
  for (const Parameter& other : signature_.parameters) {
    if (&other == &parameter) return true;
    if (other.argument.role == Role::output) continue;
    for (const Dimension& d : other.dimensions)
      if (d.kind != Dimension::Kind::fixed && d.name == dimension.name) return false;
  }
  return true;
}

}  // namespace mushin
