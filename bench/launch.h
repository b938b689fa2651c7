// A kernel launched straight from the table, without Python: arrays, views and slots made by hand.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../csrc/core/isa.h"
#include "../csrc/core/pool.h"
#include "../csrc/core/view.h"

namespace mushin::bench {

template <class T>
constexpr Dtype dtype_of = Dtype::any;
template <>
inline constexpr Dtype dtype_of<float> = Dtype::float32;
template <>
inline constexpr Dtype dtype_of<double> = Dtype::float64;
template <>
inline constexpr Dtype dtype_of<int64_t> = Dtype::int64;

/// A dense array in the library's own pool.
template <class T>
class Array {
 public:
  explicit Array(std::vector<int64_t> shape) : shape_(std::move(shape)) {
    for (const int64_t length : shape_) size_ *= length;
    data_.reset(static_cast<T*>(pool_allocate(size_ * int64_t(sizeof(T)))));
  }

  int64_t size() const { return size_; }
  double bytes() const { return double(size_) * sizeof(T); }
  T* data() { return data_.get(); }
  T& operator[](int64_t i) { return data_.get()[i]; }

  View view() {
    View view{};
    view.data = reinterpret_cast<char*>(data_.get());
    view.ndim = int32_t(shape_.size());
    view.dtype = dtype_of<T>;
    int64_t stride = 1;
    for (int axis = view.ndim - 1; axis >= 0; --axis) {
      view.shape[axis] = shape_[size_t(axis)];
      view.strides[axis] = stride;
      stride *= view.shape[axis];
    }
    return view;
  }
  /// A matrix with rows and columns exchanged.
  View transposed() {
    View view = this->view();
    std::swap(view.shape[0], view.shape[1]);
    std::swap(view.strides[0], view.strides[1]);
    return view;
  }

 private:
  struct Release {
    void operator()(T* data) const { pool_release(data); }
  };
  std::vector<int64_t> shape_;
  int64_t size_ = 1;
  std::unique_ptr<T, Release> data_;
};

/// The array argument that is left out.
inline const View no_array{};

using List = std::vector<View>;

/// One argument of a launch: an array, a list of arrays, or a number.
class Value {
 public:
  Value(const View& array) : views_{array} {}
  Value(List arrays) : list_(true), views_(std::move(arrays)) {}
  Value(double number) : number_(number) {}
  Value(int integer) : is_integer_(true), integer_(integer) {}

  /// Empty if a kernel's parameter takes this value, else what is wrong.
  std::string mismatch(const Argument& parameter) const;
  /// Refers to this value's views.
  Slot slot() const { return {views_.data(), int64_t(views_.size()), number_, integer_}; }

 private:
  bool list_ = false, is_integer_ = false;
  List views_;
  double number_ = 0;
  int64_t integer_ = 0;
};

/// Ends the process with a message.
[[noreturn]] void fail(const std::string& message);

/// The table that MUSHIN_ISA names, or the best one; ends the process if there is none of that name.
const KernelTable& kernel_table();

/// The launch of a float32 kernel with its arguments in the order of its signature, to be run any number of times while
/// the arrays live. Ends the process if the arguments do not fit the signature.
std::function<void()> launch(const char* kernel, std::vector<Value> values);

}  // namespace mushin::bench
