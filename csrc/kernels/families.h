// The families of kernels: each has a .cpp file here.
#pragma once

#define MUSHIN_FAMILIES(F) \
  F(compare)               \
  F(copy)                  \
  F(cross_entropy)         \
  F(ctc)                   \
  F(elementwise)           \
  F(embedding)             \
  F(extremes)              \
  F(gemm)                  \
  F(index)                 \
  F(losses)                \
  F(metrics)               \
  F(moments)               \
  F(norm)                  \
  F(optimizer)             \
  F(pairs)                 \
  F(random)                \
  F(recurrent)             \
  F(reduce)                \
  F(sample)                \
  F(scan)                  \
  F(softmax)               \
  F(sort)
