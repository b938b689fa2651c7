#include "machine.h"

#if defined(__linux__)
#include <unistd.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace mushin {
namespace {

constexpr int64_t usual_cache = int64_t(1) << 20, smallest_cache = int64_t(1) << 18, largest_cache = int64_t(1) << 22;

int64_t told_by_system() {
#if defined(_SC_LEVEL2_CACHE_SIZE)
  return sysconf(_SC_LEVEL2_CACHE_SIZE);
#elif defined(__APPLE__)
  int64_t bytes = 0;
  size_t size = sizeof bytes;
  return sysctlbyname("hw.l2cachesize", &bytes, &size, nullptr, 0) == 0 ? bytes : 0;
#else
  return 0;
#endif
}

}  // namespace

int64_t second_level_cache() {
  static const int64_t bytes = [] {
    const int64_t told = told_by_system();
    if (told <= 0) return usual_cache;
    return told < smallest_cache ? smallest_cache : told > largest_cache ? largest_cache : told;
  }();
  return bytes;
}

}  // namespace mushin
