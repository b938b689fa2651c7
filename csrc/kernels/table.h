// The door's table. A kernel is one line in its family's .cpp file, which is compiled once for each ISA: its name and
// its signature,
//     outputs = inputs
// in the order of the C++ arguments. An argument is `name(dimensions)`: a letter binds a length, `4h` is four times
// that of `h`, `*s` binds any number of them, `~` takes part in broadcasting, `|` stands behind the dimensions of what
// may also be one number; a bare name is a number (an integer of a dimension's name binds it). `name(...)&` is an
// output that the caller passes (a new one, one to overwrite, one to add to, or none), an unmarked output is always
// new. `?` marks an input that may be left out, `[k]` a list of k arrays, `[]` one of any length. `bad!target` is a
// guard: four integers in which the kernel reports an element of `target` that is out of range, or one in the range
// that is not allowed; the door raises ValueError, for `bad!!target` IndexError.
#pragma once
#include "arguments.h"

namespace mushin {
namespace {

template <auto for_float, auto for_double>
constexpr Kernel describe(const char* name, const char* signature, const char* summary = "") {
  return {name,
          signature,
          summary,
          {Entry<for_float>::arguments, Entry<for_double>::arguments},
          Entry<for_float>::count,
          {&Entry<for_float>::launch, &Entry<for_double>::launch}};
}

#define KERNEL(name, signature) describe<&name<float>, &name<double>>(#name, signature)
#define KERNEL_OF_ANY_DTYPE(name, signature) describe<&name, &name>(#name, signature)

}  // namespace
}  // namespace mushin

// Makes the `kernels` above it the family's part of this ISA's table.
#define MUSHIN_JOINED(family, isa) family##_##isa
#define MUSHIN_OF_ISA(family, isa) MUSHIN_JOINED(family, isa)
#define MUSHIN_EXPORT(family)                            \
  extern const Family MUSHIN_OF_ISA(family, MUSHIN_ISA); \
  const Family MUSHIN_OF_ISA(family, MUSHIN_ISA) = {kernels, int(sizeof kernels / sizeof kernels[0])};
