// What a kernel sees of an array, and how a kernel is described to the door. Plain structs without
// functions: they are shared by object files of every ISA.
#pragma once
#include <cstdint>

namespace mushin {

constexpr int max_ndim = 8;

enum class Dtype : uint8_t { float32, float64, bool8, uint8, int8, int16, uint16, int32, uint32, int64, uint64, any };

/// An array: naturally aligned, in native byte order. Strides count elements, not bytes.
struct View {
  char* data;  // null: the argument was left out, or nobody wants this output
  int32_t ndim;
  Dtype dtype;
  bool accumulate;  // outputs only: add to what is there instead of overwriting it
  int64_t shape[max_ndim];
  int64_t strides[max_ndim];
};

/// One argument of a launch: `count` views, or a number.
struct Slot {
  const View* views;
  int64_t count;
  double number;
  int64_t integer;
};

enum class Role : uint8_t { output, inout, input, number, integer };

struct Argument {
  Role role;
  bool dense;  // row-major without gaps; the door copies an input that is not
  bool list;   // any number of arrays
  Dtype dtype;
};

using Launch = void (*)(const Slot* slots);

/// A kernel as the door sees it; `arguments` and `launch` are for float and double.
struct Kernel {
  const char* name;
  const char* signature;
  const char* summary;  // of an op that is made from this line alone, else empty
  const Argument* arguments[2];
  int count;
  Launch launch[2];
};

struct Family {
  const Kernel* kernels;
  int count;
};

/// All kernels of one ISA.
struct KernelTable {
  const char* isa;
  const Family* const* families;
  int count;
};

}  // namespace mushin
