// Ends a process that waits too long for other ranks: a rank that stopped or died silently must not keep the
// job hanging.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace cellsweep::comm {

// A thread that looks at the operation that is under way, some twenty times a deadline. One that outlasts the
// deadline gets one line on stderr, and the process ends at once with exit code 1, without MPI_Abort, which
// can itself hang; the launcher then ends the other ranks. Time in which the whole process was suspended
// (scontrol suspend) does not count.
class Watchdog {
 public:
  // Brackets one operation that waits for other ranks. `operation` is a string literal. One at a time, not
  // nested.
  class Guard {
   public:
    Guard(Watchdog& watchdog, const char* operation);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Watchdog& watchdog_;
  };

  // `who` names this process in the message. `timeout_seconds` is the deadline, above 0.
  Watchdog(std::string who, double timeout_seconds);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void set_who(std::string who);
  void set_timeout(double seconds);

 private:
  void watch();

  // Odd while an operation is under way: (sequence_ + 1) / 2 counts the operations.
  std::atomic<std::uint64_t> sequence_ = 0;
  std::atomic<const char*> operation_ = nullptr;
  std::mutex mutex_;  // of the members below
  std::condition_variable changed_;
  std::string who_;
  double timeout_seconds_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cellsweep::comm
