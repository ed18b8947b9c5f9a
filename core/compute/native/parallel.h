// A small fixed pool of threads. Work is cut into one contiguous range a thread, always the same way for the same thread count,
// so that sums come out bit-equal from run to run.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tessera {

class Pool {
 public:
  static Pool& get() {
    static Pool* pool = new Pool();  // never destroyed: its threads outlive static destructors
    return *pool;
  }
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Runs body(part) for part = 0..threads()-1, part 0 on the calling thread.
  void run(const std::function<void(int)>& body) {
    std::lock_guard<std::mutex> one_at_a_time(entry_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      body_ = &body;
      pending_ = static_cast<int>(workers_.size());
      ++generation_;
    }
    wake_.notify_all();
    body(0);
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [&] { return pending_ == 0; });
  }

 private:
  Pool() {
    const char* asked = std::getenv("TESSERA_THREADS");
    int count = asked ? std::atoi(asked) : static_cast<int>(std::thread::hardware_concurrency());
    for (int part = 1; part < std::max(1, count); ++part) workers_.emplace_back([this, part] { work(part); });
    for (auto& worker : workers_) worker.detach();
  }
  void work(int part) {
    uint64_t seen = 0;
    for (;;) {
      const std::function<void(int)>* body;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return generation_ != seen; });
        seen = generation_;
        body = body_;
      }
      (*body)(part);
      std::lock_guard<std::mutex> lock(mutex_);
      if (--pending_ == 0) done_.notify_one();
    }
  }
  std::mutex entry_, mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> workers_;
  const std::function<void(int)>* body_ = nullptr;
  uint64_t generation_ = 0;
  int pending_ = 0;
};

// body(part, begin, end) over [0, n), one contiguous range a thread; small work stays on the calling thread.
template <typename Body>
void parallel_for(int64_t n, int64_t cost_each, const Body& body) {
  Pool& pool = Pool::get();
  const int parts = pool.threads();
  if (parts == 1 || n * cost_each < 262144) {
    body(0, int64_t{0}, n);
    return;
  }
  pool.run([&](int part) {
    const int64_t begin = n * part / parts, end = n * (part + 1) / parts;
    if (begin < end) body(part, begin, end);
  });
}

}  // namespace tessera
