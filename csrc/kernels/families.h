// The families of kernels: each has a .cpp file here.
#pragma once

#define MUSHIN_FAMILIES(F) \
  F(compare)               \
  F(copy)                  \
  F(cross_entropy)         \
  F(elementwise)           \
  F(gemm)                  \
  F(losses)                \
  F(metrics)               \
  F(norm)                  \
  F(optimizer)             \
  F(pairs)                 \
  F(random)                \
  F(reduce)                \
  F(softmax)
