// The families of kernels: each has a .cpp file here.
#pragma once

#define MUSHIN_FAMILIES(F) \
  F(compare)               \
  F(copy)                  \
  F(elementwise)           \
  F(extremes)              \
  F(gemm)                  \
  F(index)                 \
  F(metrics)               \
  F(moments)               \
  F(norm)                  \
  F(optimizer)             \
  F(random)                \
  F(reduce)                \
  F(sample)                \
  F(scan)                  \
  F(softmax)               \
  F(sort)
