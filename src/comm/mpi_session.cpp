#include "comm/mpi_session.h"

#include <mpi.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/process.h"
#include "comm/launcher.h"
#include "comm/mpi_check.h"
#include "comm/mpi_communicator.h"
#include "comm/mpi_mailbox.h"
#include "comm/parallel_options.h"
#include "comm/watchdog.h"

namespace cellsweep::comm {

struct MpiSession::Impl {
  Watchdog watchdog{"process " + std::to_string(getpid()) + " on " + host_name(),
                    ParallelOptions().timeout_seconds};
  int exceptions_before = std::uncaught_exceptions();
  bool started = false;
  std::unique_ptr<Communicator> world;

  void start(const Launch& launch) {
    {
      const Watchdog::Guard guard(watchdog, "MPI_Init_thread");
      int provided = MPI_THREAD_SINGLE;
      check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
      started = true;
      if (provided < MPI_THREAD_FUNNELED)
        throw Error("this MPI does not permit threads: it does not provide MPI_THREAD_FUNNELED");
    }
    world = std::make_unique<MpiCommunicator>(MPI_COMM_WORLD, MpiCommunicator::Ownership::borrowed, watchdog);
    watchdog.set_who("rank " + std::to_string(world->rank()) + " of " + std::to_string(world->size()) +
                     " on " + host_name());
    check_world_size(launch, world->size());
  }

  // An exception on its way is one that the other ranks do not know of: MPI_Finalize would wait for them.
  // Leaving without it makes the launcher end them.
  ~Impl() {
    if (!started || std::uncaught_exceptions() > exceptions_before) return;
    world.reset();
    const Watchdog::Guard guard(watchdog, "MPI_Finalize");
    MPI_Finalize();
  }
};

MpiSession::MpiSession() : impl_(std::make_unique<Impl>()) {
  const Launch launch = detect_launch([](const char* name) -> const char* { return std::getenv(name); });
  if (launch.through_mpi)
    impl_->start(launch);
  else
    impl_->world = make_self_communicator();
}

MpiSession::~MpiSession() = default;

Communicator& MpiSession::world() {
  return *impl_->world;
}

std::unique_ptr<Mailbox> MpiSession::make_mailbox() {
  if (!impl_->started) return make_self_mailbox();
  const Watchdog::Guard guard(impl_->watchdog, "MPI_Comm_dup");
  return std::make_unique<MpiMailbox>(MPI_COMM_WORLD);
}

Watchdog& MpiSession::watchdog() {
  return impl_->watchdog;
}

void MpiSession::set_timeout(double seconds) {
  impl_->watchdog.set_timeout(seconds);
}

void MpiSession::abort(int exit_code) {
  std::fflush(nullptr);
  if (impl_->started) {
    const Watchdog::Guard guard(impl_->watchdog, "MPI_Abort");
    MPI_Abort(MPI_COMM_WORLD, exit_code);
  }
  std::_Exit(exit_code);
}

}  // namespace cellsweep::comm
