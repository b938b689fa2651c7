#include "pool.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#if !defined(_WIN32)
#include <pthread.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace mushin {
namespace {

// Four sizes to each power of two: 64, 80, 96, 112, 128, 160, ... bytes.
constexpr int size_classes = 4 * 42;
constexpr int64_t largest_size = int64_t(1) << 47;

constexpr int64_t least_shared_size = int64_t(1) << 14;

int64_t size_of_class(int size_class) { return int64_t(16) * (4 + size_class % 4) << (size_class / 4); }

int class_of_size(int64_t bytes) {
  if (bytes <= 64) return 0;
  const int octave = 57 - __builtin_clzll(uint64_t(bytes - 1));  // 64 * 2^octave < bytes <= 64 * 2^(octave + 1)
  const int64_t step = int64_t(16) << octave;
  return int(4 * octave + (bytes - 1) / step - 4 + 1);
}

struct alignas(64) Header {
  Arena* arena;
  Header* next_free;
  int size_class;
  bool in_use;
};

void* data_of(Header* header) { return header + 1; }
Header* header_of(const void* data) { return static_cast<Header*>(const_cast<void*>(data)) - 1; }

struct FreeLists {
  Header* first[size_classes] = {};

  Header* take(int size_class) {
    Header* header = first[size_class];
    if (header) first[size_class] = header->next_free;
    return header;
  }
  /// A block of this size or, of large ones, one of up to twice the size: work of many sizes needs few blocks.
  Header* take_at_least(int size_class) {
    const int most = size_of_class(size_class) < least_shared_size ? size_class : size_class + 4;
    for (int each = size_class; each <= most && each < size_classes; ++each)
      if (Header* header = take(each)) return header;
    return nullptr;
  }
  void put(Header* header) {
    header->next_free = first[header->size_class];
    first[header->size_class] = header;
  }
};

struct Pool {
  std::mutex mutex;
  FreeLists free;
  PoolStatistics statistics{};
};

Pool& pool() {
  static Pool* const the_pool = new Pool;  // never destroyed
  return *the_pool;
}

thread_local Arena* arena_of_thread = nullptr;

#if !defined(_WIN32)
const int fork_handlers =
    pthread_atfork([] { pool().mutex.lock(); }, [] { pool().mutex.unlock(); }, [] { pool().mutex.unlock(); });
#endif

// Blocks of this size and more begin at a huge page, and ask for them: fewer page faults, fewer misses of the address
// cache.
constexpr int64_t huge_page = int64_t(1) << 21;

std::align_val_t alignment(int size_class) {
  return std::align_val_t(size_of_class(size_class) >= huge_page ? huge_page : 64);
}

Header* new_block(int size_class) {
  const size_t bytes = sizeof(Header) + size_t(size_of_class(size_class));
  void* memory = ::operator new(bytes, alignment(size_class));
#if defined(__linux__)
  if (size_of_class(size_class) >= huge_page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  Header* header = static_cast<Header*>(memory);
  *header = Header{nullptr, nullptr, size_class, false};
  return header;
}

void put_into_pool(Pool& p, Header* header) {
  header->arena = nullptr;
  p.free.put(header);
  p.statistics.bytes_cached += size_of_class(header->size_class);
}

/// Gives cached blocks back, large ones first, until no more than `most` bytes wait.
void give_back_cached(Pool& p, int64_t most) {
  for (int size_class = size_classes - 1; size_class >= 0 && p.statistics.bytes_cached > most; --size_class)
    while (p.statistics.bytes_cached > most) {
      Header* const header = p.free.take(size_class);
      if (!header) break;
      p.statistics.bytes_cached -= size_of_class(size_class);
      ::operator delete(header, alignment(size_class));
    }
}

/// What may always wait to be used again.
constexpr int64_t least_cache = int64_t(64) << 20;

/// A block that no released one can serve. Before more is asked of the system, what waits may be as much as was ever in
/// use at once, not more: work of ever new sizes would keep the memory of all of them.
Header* fresh_block(Pool& p, int size_class) {
  const int64_t in_use = p.statistics.bytes_in_use + size_of_class(size_class);
  give_back_cached(p, least_cache + std::max(p.statistics.peak_bytes_in_use, in_use));
  try {
    return new_block(size_class);
  } catch (const std::bad_alloc&) {
    give_back_cached(p, 0);
    return new_block(size_class);
  }
}

}  // namespace

class Arena {
 public:
  FreeLists free;
  std::map<const char*, Header*> blocks;  // by the address of their data
  int64_t bytes = 0;
};

Arena* arena_create() { return new Arena; }

void arena_destroy(Arena* arena) {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  for (auto& [address, header] : arena->blocks) {
    header->arena = nullptr;
    if (!header->in_use) put_into_pool(p, header);
  }
  delete arena;
}

Arena* arena_use(Arena* arena) {
  Arena* previous = arena_of_thread;
  arena_of_thread = arena;
  return previous;
}

bool arena_block(const Arena* arena, const void* address, const void** begin, int64_t* bytes) {
  std::lock_guard<std::mutex> lock(pool().mutex);
  auto after = arena->blocks.upper_bound(static_cast<const char*>(address));
  if (after == arena->blocks.begin()) return false;
  const auto& [start, header] = *std::prev(after);
  if (address >= start + size_of_class(header->size_class)) return false;
  *begin = start;
  *bytes = size_of_class(header->size_class);
  return true;
}

int arena_in_use(const Arena* arena, const void** starts, int limit) {
  std::lock_guard<std::mutex> lock(pool().mutex);
  int count = 0;
  for (auto& [address, header] : arena->blocks) {
    if (!header->in_use) continue;
    if (count < limit) starts[count] = address;
    ++count;
  }
  return count;
}

int64_t arena_bytes(const Arena* arena) {
  std::lock_guard<std::mutex> lock(pool().mutex);
  return arena->bytes;
}

void* pool_allocate(int64_t bytes) {
  if (bytes < 0 || bytes > largest_size) throw std::bad_alloc();
  const int size_class = class_of_size(bytes);
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  Arena* arena = arena_of_thread;
  Header* header = arena ? arena->free.take_at_least(size_class) : nullptr;
  if (!header) {
    header = p.free.take_at_least(size_class);
    if (header)
      p.statistics.bytes_cached -= size_of_class(header->size_class);
    else
      header = fresh_block(p, size_class);
    if (arena) {
      header->arena = arena;
      arena->blocks.emplace(static_cast<const char*>(data_of(header)), header);
      arena->bytes += size_of_class(header->size_class);
    }
  }
  header->in_use = true;
  p.statistics.bytes_in_use += size_of_class(header->size_class);
  p.statistics.peak_bytes_in_use = std::max(p.statistics.peak_bytes_in_use, p.statistics.bytes_in_use);
  return data_of(header);
}

void pool_release(void* block) {
  Header* header = header_of(block);
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  header->in_use = false;
  p.statistics.bytes_in_use -= size_of_class(header->size_class);
  if (header->arena)
    header->arena->free.put(header);
  else
    put_into_pool(p, header);
}

PoolStatistics pool_statistics() {
  std::lock_guard<std::mutex> lock(pool().mutex);
  return pool().statistics;
}

void pool_clear() {
  std::lock_guard<std::mutex> lock(pool().mutex);
  give_back_cached(pool(), 0);
}

void pool_reset_peak() {
  std::lock_guard<std::mutex> lock(pool().mutex);
  pool().statistics.peak_bytes_in_use = pool().statistics.bytes_in_use;
}

}  // namespace mushin
