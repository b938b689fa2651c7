// The families of kernels: each has a .cpp file here.
#pragma once

#define MUSHIN_FAMILIES(F) \
  F(compare)               \
  F(copy)                  \
  F(elementwise)           \
  F(gemm)                  \
  F(metrics)               \
  F(norm)                  \
  F(optimizer)             \
  F(random)                \
  F(reduce)                \
  F(softmax)
