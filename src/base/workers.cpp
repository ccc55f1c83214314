#include "base/workers.h"

#include <cassert>
#include <utility>

namespace cellsweep {

Workers::Workers(int count) : thrown_(count) {
  assert(count >= 1);
  for (int index = 1; index < count; ++index) threads_.emplace_back(&Workers::wait_for_work, this, index);
}

Workers::~Workers() {
  work_ = nullptr;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::run(const std::function<void(int)>& work) {
  work_ = &work;
  busy_.store(count() - 1, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  call(0);
  for (int busy = busy_.load(std::memory_order_acquire); busy > 0;
       busy = busy_.load(std::memory_order_acquire))
    busy_.wait(busy, std::memory_order_acquire);
  for (std::exception_ptr& thrown : thrown_)
    if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
}

void Workers::wait_for_work(int index) {
  for (std::uint32_t seen = 0;;) {
    round_.wait(seen, std::memory_order_acquire);
    seen = round_.load(std::memory_order_acquire);
    if (work_ == nullptr) return;
    call(index);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void Workers::call(int index) {
  try {
    (*work_)(index);
  } catch (...) {
    thrown_[index] = std::current_exception();
  }
}

}  // namespace cellsweep
