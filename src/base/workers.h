// Threads that wait for work.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace cellsweep {

// A fixed number of threads, of which the caller's is the first. One caller at a time.
class Workers {
 public:
  // `count` of at least 1, with the caller.
  explicit Workers(int count);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int count() const { return static_cast<int>(threads_.size()) + 1; }
  // Calls work(0) … work(count() - 1), each on a thread of its own, and returns when all are done. Throws
  // what the first of them threw.
  void run(const std::function<void(int)>& work);

 private:
  void wait_for_work(int index);
  void call(int index);

  const std::function<void(int)>* work_ = nullptr;  // null: the threads are to end
  std::vector<std::exception_ptr> thrown_;          // of each thread
  std::atomic<std::uint32_t> round_ = 0;            // a new one is work for all
  std::atomic<int> busy_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace cellsweep
