// Subnormal numbers cost a hundred cycles each; every launch treats them as zero.
#pragma once
#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace mushin {

/// Flush-to-zero for the calling thread while it lives; restores what was there.
class FlushSubnormals {
 public:
  FlushSubnormals() : previous_(read()) { write(previous_ | bits); }
  ~FlushSubnormals() { write(previous_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
#if defined(__x86_64__) || defined(_M_X64)
  static constexpr uint64_t bits = 0x8040;  // flush results to zero, take subnormal operands as zero
  static uint64_t read() { return _mm_getcsr(); }
  static void write(uint64_t value) { _mm_setcsr(uint32_t(value)); }
#elif defined(__aarch64__)
  static constexpr uint64_t bits = uint64_t(1) << 24;
  static uint64_t read() {
    uint64_t value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void write(uint64_t value) { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
  static constexpr uint64_t bits = 0;
  static uint64_t read() { return 0; }
  static void write(uint64_t) {}
#endif
  uint64_t previous_;
};

}  // namespace mushin
