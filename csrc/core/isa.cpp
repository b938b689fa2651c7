#include "isa.h"

#include <cstring>

#include "../kernels/families.h"

namespace mushin {

#define DECLARE(isa, family) extern const Family family##_##isa;
#define DECLARE_BASELINE(family) DECLARE(baseline, family)
#define BASELINE(family) &family##_baseline,
MUSHIN_FAMILIES(DECLARE_BASELINE)
#if defined(__x86_64__) || defined(_M_X64)
#define DECLARE_AVX2(family) DECLARE(avx2, family)
#define DECLARE_AVX512(family) DECLARE(avx512, family)
#define AVX2(family) &family##_avx2,
#define AVX512(family) &family##_avx512,
MUSHIN_FAMILIES(DECLARE_AVX2)
MUSHIN_FAMILIES(DECLARE_AVX512)
#endif

namespace {

const Family* const of_baseline[] = {MUSHIN_FAMILIES(BASELINE)};
constexpr int families = sizeof of_baseline / sizeof of_baseline[0];
const KernelTable baseline = {"baseline", of_baseline, families};
#if defined(__x86_64__) || defined(_M_X64)
const Family* const of_avx2[] = {MUSHIN_FAMILIES(AVX2)};
const Family* const of_avx512[] = {MUSHIN_FAMILIES(AVX512)};
const KernelTable avx2 = {"avx2", of_avx2, families}, avx512 = {"avx512", of_avx512, families};
#endif

struct Choice {
  const KernelTable* table;
  bool (*runs)();
};

const Choice choices[] = {
#if defined(__x86_64__) || defined(_M_X64)
    {&avx512,
     [] {
       return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
     }},
    {&avx2, [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
#endif
    {&baseline, [] { return true; }},
};

}  // namespace

const KernelTable* choose_table(const char* wanted) {
  for (const Choice& choice : choices)
    if (choice.runs() && (!wanted || std::strcmp(wanted, choice.table->isa) == 0)) return choice.table;
  return nullptr;
}

const char* const* available_isas() {
  static const char* names[sizeof choices / sizeof choices[0] + 1] = {};
  int count = 0;
  for (const Choice& choice : choices)
    if (choice.runs()) names[count++] = choice.table->isa;
  return names;
}

}  // namespace mushin
