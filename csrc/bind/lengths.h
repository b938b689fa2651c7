// What the names in a signature's dimensions stand for in one call: shapes are checked against it, outputs get theirs.
#pragma once
#include <string>

#include "array.h"
#include "signature.h"

namespace mushin {

constexpr int max_dimensions = 8;

class Lengths {
 public:
  explicit Lengths(const Signature& signature) : signature_(signature) {}

  /// Lets a name stand for a length; false if it stands for another one.
  bool bind(int name, int64_t length);

  /// Whether two groups of dimensions (`*s`) of an argument are not known yet: other arguments say which axes are
  /// whose.
  bool is_undecided(const Parameter& parameter) const { return unbound_groups(parameter) > 1; }

  /// Whether an array has the shape of its dimensions; names that are new stand for its lengths from now on. The view
  /// must stay where it is.
  bool match(const Parameter& parameter, const View& view);

  /// The shape that the dimensions stand for, into `view`; false if a name stands for nothing. Throws ValueError for
  /// more than max_ndim axes.
  bool expand(const Parameter& parameter, View* view) const;

  /// What `match` wanted, as "(batch, 3)": numbers where other arguments say so, else names.
  std::string expected_shape(const Parameter& parameter, const View& view) const;

 private:
  struct Length {
    bool bound = false;
    int64_t length = 0;
    const View* view = nullptr;  // of `*s`: axes [begin, begin + length) of this view
    int begin = 0;
  };

  int unbound_groups(const Parameter& parameter) const;
  bool is_first_bound_by(const Parameter& parameter, const Dimension& dimension) const;

  const Signature& signature_;
  Length of_[max_dimensions];
};

}  // namespace mushin
