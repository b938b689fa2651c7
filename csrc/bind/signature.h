// A kernel's signature, read from its line in the table: the names, shapes and roles that the door checks.
#pragma once
#include <string>
#include <vector>

#include "../core/view.h"

namespace mushin {

struct Dimension {
  enum class Kind { fixed, named, many } kind;
  int64_t length;  // fixed
  int name;        // named, many: index into Signature::dimension_names
  int64_t factor;  // named: so many times the length that the name stands for
};

struct Parameter {
  std::string name;
  Argument argument;
  bool generic;  // its dtype is the kernel's: float32 or float64
  bool passed;   // the caller passes it; false for an output that is always new
  bool optional;
  bool broadcast;
  bool or_number;  // an array without axes will do as well
  bool guard;      // `name` is the argument it guards
  bool is_index;   // which names places: the guard's error is an IndexError
  int binds;       // an integer that binds this dimension; else -1
  std::vector<Dimension> dimensions;
  std::string dimensions_text;
};

struct Signature {
  std::string op;  // the kernel's name without _forward or _backward: what errors begin with
  std::vector<Parameter> parameters;
  std::vector<std::string> dimension_names;
  int passed = 0;   // how many arguments the caller passes
  int outputs = 0;  // how many arrays the call returns
  bool writes_in_place = false;
};

/// Throws std::logic_error if the text does not fit the kernel's C++ arguments.
Signature parse_signature(const Kernel& kernel);

}  // namespace mushin
