// Where leaves' gradients are: what a recorded step depends on and what it leaves behind, looked at in every replay.
#pragma once
#include <pybind11/pybind11.h>

#include <vector>

namespace mushin {

namespace py = pybind11;

/// For each of the leaves, weak references, what tells apart where its gradient is: None where there is none, True at
/// its home, or the address of another array.
py::tuple gradient_places(const py::list& leaves);

/// Where leaves' values are, and which gradients they have: none, the one at its home, or another array. Holds neither
/// leaves nor values nor homes.
class Gradients {
 public:
  /// As they are now; `leaves` are weak references, of which those that have died do not count.
  explicit Gradients(const py::list& leaves);

  /// Whether some leaf's values are elsewhere now: somebody has assigned its `array`.
  bool have_moved() const;
  /// Whether all homes are where they were, and nobody else holds one.
  bool are_at_home() const;
  /// Whether each leaf lives, its values, home and gradient are where they were, and nobody else holds the home.
  bool are_as_they_were() const;
  /// Gives the leaves the gradients that they had.
  void bind() const;

 private:
  struct One {
    py::object leaf, values, home;  // weak references; no home: None
    bool is_home;                   // the gradient is the one at its home
    py::object other;               // or this array, or None

    bool is_at_home(const py::object& leaf, const py::object& gradient) const;
  };
  std::vector<One> all_;
};

}  // namespace mushin
