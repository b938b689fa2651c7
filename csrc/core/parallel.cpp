// The team: OpenMP workers (std::thread where OpenMP is missing) that stay inside one parallel region, entered by a
// host thread at first use. A plain OpenMP region would hang in a forked child and stalls beside a busy neighbour.
#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "flush.h"

#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif
#if !defined(_WIN32)
#include <pthread.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace mushin {
namespace {

constexpr int max_threads = 256;
constexpr auto spin_time = std::chrono::microseconds(50);

void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

template <class Condition>
bool spin_until(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + spin_time;
  for (int i = 1;; ++i) {
    if (condition()) return true;
    relax();
    if (i % 64 == 0 && std::chrono::steady_clock::now() > deadline) return false;
  }
}

/// True in a thread that is working on a job: a chunk that calls parallel_for runs it alone.
thread_local bool inside_chunk = false;

constexpr uint64_t no_job = ~uint64_t(0);

/// A participant's own share of a job's chunks: the job's number in the upper half, the next chunk in the lower.
/// Claiming by compare-and-swap on both keeps a worker that comes late from taking a chunk of the next job.
struct alignas(64) Share {
  std::atomic<uint64_t> next{0};
  std::atomic<uint32_t> end{0};
};

class Team {
 public:
  explicit Team(int size) : size_(size) {}

  int size() const { return size_; }

  /// False if another thread's job has the team, or there are more chunks than a share can count.
  bool run(int64_t n, int64_t chunk, void (*function)(void*, int64_t, int64_t), void* context) {
    if (n / chunk >= int64_t(1) << 31) return false;
    std::unique_lock<std::mutex> owner(owner_, std::try_to_lock);
    if (!owner.owns_lock()) return false;
    if (!started_) start();
    const uint32_t chunks = uint32_t((n + chunk - 1) / chunk);
    n_.store(n, std::memory_order_relaxed);
    chunk_.store(chunk, std::memory_order_relaxed);
    function_.store(function, std::memory_order_relaxed);
    context_.store(context, std::memory_order_relaxed);
    remaining_.store(chunks, std::memory_order_relaxed);
    const uint32_t job = ++job_number_;
    for (int i = 0; i < size_; ++i) {
      // First nothing to claim: a worker that comes late must not meet the last job's place with this job's end.
      shares_[i].next.exchange(no_job, std::memory_order_acq_rel);
      shares_[i].end.store(uint32_t(uint64_t(chunks) * uint64_t(i + 1) / uint64_t(size_)), std::memory_order_release);
      const uint32_t begin = uint32_t(uint64_t(chunks) * uint64_t(i) / uint64_t(size_));
      shares_[i].next.store(uint64_t(job) << 32 | begin, std::memory_order_release);
    }
    published_.store(job, std::memory_order_seq_cst);
    if (sleeping_.load(std::memory_order_seq_cst) > 0) published_.notify_all();
    inside_chunk = true;
    work(0, job);
    inside_chunk = false;
    auto done = [this] { return remaining_.load(std::memory_order_acquire) == 0; };
    // A worker in the middle of its last chunk may have lost its core: give it this one.
    if (!spin_until(done))
      while (!done()) std::this_thread::yield();
    if (out_of_memory_.exchange(false, std::memory_order_relaxed)) throw std::bad_alloc();
    return true;
  }

 private:
  void start() {
    started_ = true;
    std::thread([this] { host(); }).detach();
  }

  void host() {
#if defined(_OPENMP)
#pragma omp parallel num_threads(size_ - 1)
    serve(1 + omp_get_thread_num());
#else
    for (int i = 2; i < size_; ++i) std::thread([this, i] { serve(i); }).detach();
    serve(1);
#endif
  }

  [[noreturn]] void serve(int me);

  void work(int me, uint32_t job) noexcept {
    for (int k = 0; k < size_; ++k) take_all(shares_[(me + k) % size_], job);
  }

  void take_all(Share& share, uint32_t job) {
    for (;;) {
      uint64_t next = share.next.load(std::memory_order_acquire);
      // Read before the claim: if the claim succeeds, the job was still this one while they were read.
      const auto function = function_.load(std::memory_order_relaxed);
      void* const context = context_.load(std::memory_order_relaxed);
      const int64_t n = n_.load(std::memory_order_relaxed), chunk = chunk_.load(std::memory_order_relaxed);
      const uint32_t index = uint32_t(next);
      if (uint32_t(next >> 32) != job || index >= share.end.load(std::memory_order_acquire)) return;
      if (!share.next.compare_exchange_weak(next, next + 1, std::memory_order_acq_rel)) continue;
      const int64_t begin = int64_t(index) * chunk;
      try {
        function(context, begin, begin + chunk < n ? begin + chunk : n);
      } catch (const std::bad_alloc&) {  // of scratch(): the caller throws it when no chunk runs any more
        out_of_memory_.store(true, std::memory_order_relaxed);
      }
      remaining_.fetch_sub(1, std::memory_order_release);
    }
  }

  const int size_;
  bool started_ = false;
  std::mutex owner_;
  uint32_t job_number_ = 0;
  std::atomic<uint32_t> published_{0}, remaining_{0};
  std::atomic<int> sleeping_{0};
  std::atomic<bool> out_of_memory_{false};
  std::atomic<int64_t> n_{0}, chunk_{1};
  std::atomic<void (*)(void*, int64_t, int64_t)> function_{nullptr};
  std::atomic<void*> context_{nullptr};
  Share shares_[max_threads];
};

void Team::serve(int me) {
  const FlushSubnormals flush;
  inside_chunk = true;
  uint32_t seen = 0;
  for (;;) {
    auto changed = [this, seen] { return published_.load(std::memory_order_acquire) != seen; };
    if (!spin_until(changed)) {
      // No lock: a worker that loses its core on the way to sleep must not hold the caller up.
      sleeping_.fetch_add(1, std::memory_order_seq_cst);
      published_.wait(seen, std::memory_order_seq_cst);
      sleeping_.fetch_sub(1, std::memory_order_relaxed);
    }
    seen = published_.load(std::memory_order_acquire);
    work(me, seen);
  }
}

int default_threads() {
  if (const char* wanted = std::getenv("OMP_NUM_THREADS")) {
    const int count = std::atoi(wanted);
    if (count > 0) return std::min(count, max_threads);
  }
  int processors = int(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) processors = CPU_COUNT(&set);
#endif
  return std::max(1, std::min({processors, quota_processors("/sys/fs/cgroup"), max_threads}));
}

// Teams are kept, one of each size asked for: a caller may still be running a job on one that was replaced.
std::atomic<Team*> team{nullptr};
Team* teams[max_threads + 1] = {};
std::mutex team_change;

void choose_team(int size) {
  if (!teams[size]) teams[size] = new Team(size);
  team.store(teams[size], std::memory_order_release);
}

Team* current_team() {
  if (Team* existing = team.load(std::memory_order_acquire)) return existing;
  std::lock_guard<std::mutex> lock(team_change);
  if (!team.load()) choose_team(default_threads());
  return team.load();
}

// A forked child has none of the teams' threads: it leaves the old teams where they are and starts its own.
void before_fork() { team_change.lock(); }
void after_fork_in_parent() { team_change.unlock(); }
void after_fork_in_child() {
  for (Team*& old : teams) old = nullptr;
  if (Team* old = team.load()) choose_team(old->size());
  inside_chunk = false;
  team_change.unlock();
}

#if !defined(_WIN32)
const int fork_handlers = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
#endif

}  // namespace

void parallel_for(int64_t n, int64_t chunk, void (*chunk_function)(void*, int64_t, int64_t), void* context) {
  if (n > chunk && !inside_chunk) {
    Team* the_team = current_team();
    if (the_team->size() > 1 && the_team->run(n, chunk, chunk_function, context)) return;
  }
  for (int64_t begin = 0; begin < n; begin += chunk)
    chunk_function(context, begin, begin + chunk < n ? begin + chunk : n);
}

int quota_processors(const char* folder) {
  const std::string root = folder;
  std::ifstream v2(root + "/cpu.max"), v1(root + "/cpu/cpu.cfs_quota_us"), v1_period(root + "/cpu/cpu.cfs_period_us");
  // Without a quota version 2 says "max", which is no number, and version 1 says -1.
  double quota = 0, period = 0;
  if (!(v2 >> quota >> period) && !(v1 >> quota && v1_period >> period)) return max_threads;
  if (!(quota > 0 && period > 0)) return max_threads;
  return int(std::clamp(quota / period + 0.5, 1.0, double(max_threads)));
}

int num_threads() { return current_team()->size(); }

void set_num_threads(int count) {
  std::lock_guard<std::mutex> lock(team_change);
  choose_team(std::clamp(count, 1, max_threads));
}

const char* thread_runtime() {
#if defined(_OPENMP)
  return "OpenMP";
#else
  return "std::thread";
#endif
}

void* scratch(int slot, int64_t bytes) {
  struct Memory {
    void* data = nullptr;
    int64_t size = 0;
    ~Memory() { ::operator delete(data, std::align_val_t(64)); }
  };
  thread_local Memory memory[4];
  Memory& mine = memory[slot];
  if (mine.size < bytes) {
    while (bytes & (bytes - 1)) bytes += bytes & -bytes;  // to a power of two: ever larger work moves it a few times
    ::operator delete(mine.data, std::align_val_t(64));
    mine.data = nullptr;
    mine.size = 0;
    mine.data = ::operator new(size_t(bytes), std::align_val_t(64));
    mine.size = bytes;
  }
  return mine.data;
}

}  // namespace mushin
