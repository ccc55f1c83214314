// Ends a process that waits too long for other ranks: a rank that stopped or ended silently must not keep the
// job hanging.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "comm/watchdog/hang_detector.h"
#include "comm/watchdog/rank_status.h"

namespace cellsweep::comm {

class PeerMonitor;

// A thread that looks, now and then (see deadlines.h), at the operation that is under way and at what other
// ranks do. An operation that outlasts the timeout gets one message on stderr, by the first rank that can,
// and the process ends at once with exit code 1, without MPI_Abort, which can itself hang; the launcher then
// ends the other ranks, which would end themselves soon after. Time in which the whole process was suspended
// (scontrol suspend) does not count.
class Watchdog {
 public:
  // A communicator, whose operations are counted, so that its ranks can be compared. `members` are its ranks
  // in the world. `number` is the same on all of them, and no other communicator's that they share. The one
  // thread that waits makes, uses and destroys it.
  class Group {
   public:
    Group(Watchdog& watchdog, std::uint64_t number, const std::vector<int>& members);
    ~Group();
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;

    std::uint64_t number() const { return number_; }
    std::uint64_t operations() const { return operations_; }

   private:
    friend class Watchdog;
    Watchdog& watchdog_;
    std::uint64_t number_;
    std::uint64_t operations_ = 0;
  };

  // Brackets one operation that waits for other ranks. `operation` is a string literal. One at a time, not
  // nested. Costs some nanoseconds.
  class Guard {
   public:
    // The next operation of `group`.
    Guard(Watchdog& watchdog, Group& group, const char* operation);
    // A wait that belongs to the operation before, such as one for a stream of a GPU.
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
  // From now on, other ranks are looked at, too.
  void set_peer_monitor(std::unique_ptr<PeerMonitor> peer_monitor);

 private:
  struct Operation {
    std::atomic<const char*> name = nullptr;
    std::atomic<std::uint64_t> group = 0;
    std::atomic<std::uint64_t> sequence = 0;
  };

  void begin(const char* name, std::uint64_t group, std::uint64_t sequence);
  Operation& operation(std::uint64_t sequence) { return operations_[(sequence + 1) / 2 % 2]; }
  void wake();
  void watch();
  void wait_for_change(double seconds, double now);
  RankStatus status(double now);
  HangDecision look(double now);
  void act(const HangDecision& decision);

  // Odd while an operation is under way: (sequence_ + 1) / 2 counts the operations.
  std::atomic<std::uint64_t> sequence_ = 0;
  // The operation under way, or the last one, and the one before it: the next does not overwrite what is
  // read.
  std::array<Operation, 2> operations_;

  std::mutex mutex_;  // of the members down to stopping_
  std::string who_;
  double timeout_seconds_;
  std::map<std::uint64_t, std::vector<bool>> members_;  // by group
  std::unique_ptr<PeerMonitor> new_peer_monitor_;
  bool stopping_ = false;

  int wake_descriptor_;
  // The thread's own.
  HangDetector detector_;
  std::unique_ptr<PeerMonitor> peer_monitor_;
  std::thread thread_;
};

}  // namespace cellsweep::comm
