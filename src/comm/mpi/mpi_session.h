// MPI, from its start to its end.
#pragma once

#include <memory>
#include <string>

#include "comm/communicator.h"
#include "comm/mailbox.h"

namespace cellsweep::comm {

class Watchdog;

// Starts MPI (MPI_THREAD_FUNNELED, errors returned and checked) if a launcher started this process as one
// of several ranks, and ends it when destroyed. Without a launcher, MPI is not started and the world is this
// process alone. Made once, in main, on the main thread. Throws UserError if the launcher started several
// processes but MPI cannot see them (such as srun without --mpi=pmix).
class MpiSession {
 public:
  MpiSession();
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  // All ranks that were started together. Lives as long as the session. Ask again after check_collectives().
  Communicator& world();
  // Collective over the world. Destroyed before the session.
  std::unique_ptr<Mailbox> make_mailbox();
  // Watches every wait for other ranks. For communicators that wait outside MPI.
  Watchdog& watchdog();
  // From now on a wait for other ranks that lasts longer than `seconds` ends this process: one message on
  // stderr says which operation, on which rank and host, and which ranks are missing, then exit code 1 (which
  // makes mpirun end the others).
  void set_timeout(double seconds);
  // Collective. From now on, world() is the same ranks, but compares what they are about to do (see
  // make_checked_communicator).
  void check_collectives();
  // Ends all ranks at once with `exit_code`; this one within a second, even if the launcher cannot be
  // reached.
  [[noreturn]] void abort(int exit_code);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellsweep::comm
