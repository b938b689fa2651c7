// The only place that knows threads.
#pragma once
#include <cstdint>

namespace mushin {

/// Runs `chunk_function(context, begin, end)` for the fixed chunks [0, chunk), [chunk, 2 chunk), ... of [0, n).
/// How many threads share the work never changes which chunks there are. Returns when every chunk is done. A chunk may
/// throw std::bad_alloc, nothing else.
void parallel_for(int64_t n, int64_t chunk, void (*chunk_function)(void* context, int64_t begin, int64_t end),
                  void* context);

int num_threads();
void set_num_threads(int count);

/// How many processors a container's quota is worth, from 1 on, by the files of cgroup version 2 or 1 in a folder;
/// the most threads there can be if there is no quota.
int quota_processors(const char* folder);

/// "OpenMP" or "std::thread": what the team is made of.
const char* thread_runtime();

/// Memory of the calling thread that lasts until its next call with the same `slot` (0 to 3); 64-byte aligned.
/// Throws std::bad_alloc.
void* scratch(int slot, int64_t bytes);

}  // namespace mushin
