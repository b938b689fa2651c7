#include "isa.h"

#include <cstring>

namespace mushin {

#if defined(__x86_64__) || defined(_M_X64)
extern const KernelTable table_avx512, table_avx2, table_baseline;
#else
extern const KernelTable table_baseline;
#endif

namespace {

struct Choice {
  const KernelTable* table;
  bool (*runs)();
};

const Choice choices[] = {
#if defined(__x86_64__) || defined(_M_X64)
    {&table_avx512,
     [] {
       return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
     }},
    {&table_avx2, [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
#endif
    {&table_baseline, [] { return true; }},
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
