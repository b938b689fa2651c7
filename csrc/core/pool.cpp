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
#include <unistd.h>
#endif

namespace mushin {
namespace {

// Four sizes to each power of two: 64, 80, 96, 112, 128, 160, ... bytes.
constexpr int size_classes = 4 * 42;
constexpr int64_t largest_size = int64_t(1) << 47;

constexpr int64_t least_shared_size = int64_t(1) << 14;
constexpr int64_t huge_page = int64_t(1) << 21;

int64_t size_of_class(int size_class) { return int64_t(16) * (4 + size_class % 4) << (size_class / 4); }

int class_of_size(int64_t bytes) {
  if (bytes <= 64) return 0;
  const int octave = 57 - __builtin_clzll(uint64_t(bytes - 1));  // 64 * 2^octave < bytes <= 64 * 2^(octave + 1)
  const int64_t step = int64_t(16) << octave;
  return int(4 * octave + (bytes - 1) / step - 4 + 1);
}

/// Throws std::bad_alloc where nothing is that large.
int checked_class(int64_t bytes) {
  if (bytes < 0 || bytes > largest_size) throw std::bad_alloc();
  return class_of_size(bytes);
}

struct alignas(64) Header {
  Arena* arena;
  Header* next_free;
  int size_class;
  int needed_by;  // recordings of its arena
  bool in_use;
  bool passing;  // back to the system when released
};

/// A new block of an arena is a power of two, that recordings of other sizes may need no other. What they do not touch
/// is no memory, but for huge pages.
int class_in_arena(int size_class) {
  const int64_t size = size_of_class(size_class);
  return size < least_shared_size || size > huge_page / 2 ? size_class : (size_class + 3) / 4 * 4;
}

/// The largest block that may serve a request to the pool: of large ones up to twice, of middling ones four times.
int largest_for(int size_class) {
  const int64_t size = size_of_class(size_class);
  return size < least_shared_size ? size_class : size < huge_page ? size_class + 8 : size_class + 4;
}

/// To an arena up to eight times: its memory serves nobody else.
int largest_in_arena(int size_class) {
  return size_of_class(size_class) < least_shared_size ? size_class : size_class + 12;
}

void* data_of(Header* header) { return header + 1; }
Header* header_of(const void* data) { return static_cast<Header*>(const_cast<void*>(data)) - 1; }

struct FreeLists {
  Header* first[size_classes] = {};

  Header* take(int size_class) {
    Header* header = first[size_class];
    if (header) first[size_class] = header->next_free;
    return header;
  }
  /// A block of this size, or a larger one: work of many sizes needs few blocks.
  Header* take_at_least(int size_class, int largest_class) {
    for (int each = size_class; each <= largest_class && each < size_classes; ++each)
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

size_t bytes_with_header(int size_class) { return sizeof(Header) + size_t(size_of_class(size_class)); }

// GCC says that addresses are checked by a macro, Clang by a feature.
#if defined(__SANITIZE_ADDRESS__)
#define MUSHIN_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MUSHIN_ADDRESS_SANITIZER
#endif
#endif

#if defined(__linux__) && !defined(MUSHIN_ADDRESS_SANITIZER)

// Blocks of this size and more are mapped: what the C library gets back, it keeps as long as something lies behind it.
constexpr int64_t least_mapped_size = int64_t(1) << 18;

size_t rounded_up(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

size_t mapped_bytes(int size_class) { return rounded_up(bytes_with_header(size_class), size_t(sysconf(_SC_PAGESIZE))); }

/// Blocks of huge pages begin at one, and ask for them: fewer page faults, fewer misses of the address cache.
void* from_system(int size_class) {
  const int64_t size = size_of_class(size_class);
  if (size < least_mapped_size) return ::operator new(bytes_with_header(size_class), std::align_val_t(64));
  const size_t bytes = mapped_bytes(size_class), more = size < huge_page ? 0 : huge_page;
  void* const memory = mmap(nullptr, bytes + more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  if (!more) return memory;
  char* const begin = static_cast<char*>(memory);
  const size_t before = rounded_up(reinterpret_cast<uintptr_t>(begin), huge_page) - reinterpret_cast<uintptr_t>(begin);
  if (before > 0) munmap(begin, before);
  if (before < more) munmap(begin + before + bytes, more - before);
  madvise(begin + before, bytes, MADV_HUGEPAGE);
  return begin + before;
}

void to_system(Header* header) {
  if (size_of_class(header->size_class) < least_mapped_size)
    ::operator delete(header, std::align_val_t(64));
  else
    munmap(header, mapped_bytes(header->size_class));
}

#else

void* from_system(int size_class) { return ::operator new(bytes_with_header(size_class), std::align_val_t(64)); }

void to_system(Header* header) { ::operator delete(header, std::align_val_t(64)); }

#endif

Header* new_block(int size_class) {
  Header* header = static_cast<Header*>(from_system(size_class));
  *header = Header{nullptr, nullptr, size_class, 0, false, false};
  return header;
}

void put_into_pool(Pool& p, Header* header) {
  header->arena = nullptr;
  p.free.put(header);
  p.statistics.bytes_cached += size_of_class(header->size_class);
}

/// Gives a cached block of the size back; false if there is none.
bool give_back_one(Pool& p, int size_class) {
  Header* const header = p.free.take(size_class);
  if (!header) return false;
  p.statistics.bytes_cached -= size_of_class(size_class);
  to_system(header);
  return true;
}

/// Gives cached blocks back, large ones first, until no more than `most` bytes wait.
void give_back_cached(Pool& p, int64_t most) {
  for (int size_class = size_classes - 1; size_class >= 0 && p.statistics.bytes_cached > most; --size_class)
    while (p.statistics.bytes_cached > most && give_back_one(p, size_class)) {
    }
}

/// Gives back the largest cached block that a new one of this size can serve for: work of ever other sizes would keep a
/// block for each of them. Not if its pages would take long to touch again.
void give_back_smaller(Pool& p, int size_class) {
  if (size_of_class(size_class) > huge_page) return;
  for (int each = size_class - 1; largest_for(each) >= size_class; --each)
    if (give_back_one(p, each)) return;
}

void* data_in_use(Pool& p, Header* header) {
  header->in_use = true;
  p.statistics.bytes_in_use += size_of_class(header->size_class);
  p.statistics.peak_bytes_in_use = std::max(p.statistics.peak_bytes_in_use, p.statistics.bytes_in_use);
  return data_of(header);
}

/// What may always wait to be used again.
constexpr int64_t least_cache = int64_t(64) << 20;

/// Before more is asked of the system, what waits may be as much as was ever in use at once, not more: work of ever new
/// sizes would keep the memory of all of them.
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
    header->needed_by = 0;
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

void arena_need(Arena* arena, const void* begin) {
  std::lock_guard<std::mutex> lock(pool().mutex);
  ++arena->blocks.at(static_cast<const char*>(begin))->needed_by;
}

void arena_need_no_longer(Arena* arena, const void* begin) {
  std::lock_guard<std::mutex> lock(pool().mutex);
  --arena->blocks.at(static_cast<const char*>(begin))->needed_by;
}

void arena_trim(Arena* arena) {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  arena->free = FreeLists{};
  for (auto next = arena->blocks.begin(); next != arena->blocks.end();) {
    Header* const header = next->second;
    const auto block = next++;
    if (header->in_use) continue;
    if (header->needed_by > 0) {
      arena->free.put(header);
    } else {
      arena->bytes -= size_of_class(header->size_class);
      arena->blocks.erase(block);
      put_into_pool(p, header);
    }
  }
}

void* pool_allocate(int64_t bytes) {
  int size_class = checked_class(bytes);
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  Arena* arena = arena_of_thread;
  Header* header = arena ? arena->free.take_at_least(size_class, largest_in_arena(size_class)) : nullptr;
  if (!header) {
    if (arena) size_class = class_in_arena(size_class);
    header = p.free.take_at_least(size_class, largest_for(size_class));
    if (header) {
      p.statistics.bytes_cached -= size_of_class(header->size_class);
    } else {
      give_back_smaller(p, size_class);
      header = fresh_block(p, size_class);
    }
    if (arena) {
      try {
        arena->blocks.emplace(static_cast<const char*>(data_of(header)), header);
      } catch (...) {
        put_into_pool(p, header);
        throw;
      }
      header->arena = arena;
      arena->bytes += size_of_class(header->size_class);
    }
  }
  return data_in_use(p, header);
}

void* pool_allocate_passing(int64_t bytes) {
  const int size_class = checked_class(bytes);
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  Header* const header = fresh_block(p, size_class);
  header->passing = true;
  return data_in_use(p, header);
}

void pool_release(void* block) {
  Header* header = header_of(block);
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  header->in_use = false;
  p.statistics.bytes_in_use -= size_of_class(header->size_class);
  if (header->arena)
    header->arena->free.put(header);
  else if (header->passing)
    to_system(header);
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
