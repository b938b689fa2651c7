// The arguments of a recorded step: whether those of another call are like them, and the copies that its plan reads.
#pragma once
#include <vector>

#include "array.h"

namespace mushin {

/// The quick way for arguments as they mostly are: positional, their arrays without gaps. All else is not taken, and
/// left to whoever knows more.
class Inputs {
 public:
  /// `args`: of the recorded call. `buffers`: arrays without gaps that the plan reads, one for each array among them,
  /// which is an ndarray, or the `array` of a `tensor`, or the rows `ids` of the `array` of a `rows`.
  Inputs(const py::tuple& args, const py::list& buffers, const py::type& tensor, const py::type& rows);

  /// Copies the arrays into the buffers and returns true, if each has the type, shape and dtype of the recorded one,
  /// no tensor has a gradient to collect, and all else are the same objects. Otherwise the buffers hold anything.
  bool take(const py::tuple& args) const;

 private:
  enum class Kind { constant, array, tensor, rows };
  struct One {
    Kind kind;
    py::object recorded;  // the constant, or the type
    py::object buffer;
    View view;         // of the buffer
    py::object dtype;  // of rows
  };

  bool take_array(const One& one, py::handle array) const;
  bool take_rows(const One& one, py::handle rows) const;

  std::vector<One> all_;
  py::object copy_, gather_rows_;  // the kernels
};

}  // namespace mushin
