// The buffer pool: every array the library makes comes from here, so that a steady step touches no fresh page.
// Blocks are 64-byte aligned and kept in size classes when released. The pool is never destroyed, since arrays
// outlive the module; any thread may release; a forked child finds it unlocked.
#pragma once
#include <cstdint>

namespace mushin {

/// The memory of recorded steps. While a thread records, its allocations come from the recording's arena and go
/// back to it when released, to serve later launches of the same recording.
class Arena;

Arena* arena_create();
/// The arena's free blocks go to the pool at once, those still in use when they are released.
void arena_destroy(Arena* arena);
/// The arena that serves this thread's allocations, or null for the pool; returns the previous one.
Arena* arena_use(Arena* arena);

/// While it lives, this thread's allocations come from an arena, or with null from the pool.
class UsingArena {
 public:
  explicit UsingArena(Arena* arena) : previous_(arena_use(arena)) {}
  ~UsingArena() { arena_use(previous_); }
  UsingArena(const UsingArena&) = delete;
  UsingArena& operator=(const UsingArena&) = delete;

 private:
  Arena* previous_;
};

/// The extent of the arena's block that contains `address`; false if none does.
bool arena_block(const Arena* arena, const void* address, const void** begin, int64_t* bytes);
/// Starts of up to `limit` of the arena's blocks that are in use; returns how many are.
int arena_in_use(const Arena* arena, const void** starts, int limit);
int64_t arena_bytes(const Arena* arena);
/// A recording needs the arena's block that begins there, or has been dropped and needs it no longer.
void arena_need(Arena* arena, const void* begin);
void arena_need_no_longer(Arena* arena, const void* begin);
/// Gives the pool the free blocks that no recording needs.
void arena_trim(Arena* arena);

/// From the thread's arena or the pool. Throws std::bad_alloc.
void* pool_allocate(int64_t bytes);
/// From the system, and back to it when released: nobody will need as much again soon. Throws std::bad_alloc.
void* pool_allocate_passing(int64_t bytes);
void pool_release(void* block);

struct PoolStatistics {
  int64_t bytes_in_use, peak_bytes_in_use, bytes_cached;
};
PoolStatistics pool_statistics();
/// Gives the cached blocks back to the system.
void pool_clear();
/// Lets the peak begin anew at what is in use.
void pool_reset_peak();

}  // namespace mushin
