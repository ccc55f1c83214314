#include "comm/mpi/mpi_session.h"

#include <mpi.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

#include "base/process.h"
#include "base/signals.h"
#include "base/text.h"
#include "comm/checked_communicator.h"
#include "comm/gather_texts.h"
#include "comm/launcher.h"
#include "comm/mpi/mpi_check.h"
#include "comm/mpi/mpi_communicator.h"
#include "comm/mpi/mpi_mailbox.h"
#include "comm/parallel_options.h"
#include "comm/shared_memory_space.h"
#include "comm/watchdog/deadlines.h"
#include "comm/watchdog/peer_monitor.h"
#include "comm/watchdog/watchdog.h"

namespace cellsweep::comm {

namespace {

// To the watchdog; parts of the world have numbers that are hashes.
constexpr std::uint64_t number_of_job = 1, number_of_world = 2;

}  // namespace

struct MpiSession::Impl {
  Watchdog watchdog{"process " + std::to_string(getpid()) + " on " + host_name(),
                    ParallelOptions().timeout_seconds};
  int exceptions_before = std::uncaught_exceptions();
  bool started = false;
  std::optional<Watchdog::Group> job;  // the operations that are no communicator's
  std::unique_ptr<Communicator> world;
  std::unique_ptr<Communicator> checked_world;

  static void warn_of_little_memory() {
    const auto space = shared_memory_space();
    if (space && space->available < least_for_mpi)
      std::fprintf(stderr, "cellsweep: warning: %s: too little for Open MPI, which may wait for ever; %s\n",
                   shared_memory_text(space, host_name()).c_str(), shared_memory_remedy);
  }

  // What the watchdogs need to know of each other: without it, they know of their own rank alone.
  void introduce_watchdogs() {
    const std::vector<std::string> hosts = gather_texts(*world, host_name());
    // Names alone do not show it: cloned machines have the same.
    const bool is_one_host = world->split_by_host()->size() == world->size();
    const auto reach = is_one_host ? PeerMonitor::Reach::host : PeerMonitor::Reach::network;
    std::unique_ptr<PeerMonitor> peer_monitor;
    std::string contact;
    const auto attempt = [&](auto make) {
      try {
        peer_monitor = make();
      } catch (const Error& error) {
        std::fprintf(stderr, "cellsweep: warning: rank %d's watchdog knows of no other rank: %s\n",
                     world->rank(), printable_lines(error.what()).c_str());
      }
    };
    if (world->rank() == 0) attempt([&] { return std::make_unique<PeerMonitor>(hosts, reach); });
    if (peer_monitor) contact = peer_monitor->contact();
    contact = broadcast_text(*world, contact, 0);
    if (world->rank() != 0 && !contact.empty())
      attempt([&] { return std::make_unique<PeerMonitor>(world->rank(), hosts, reach, contact); });
    if (peer_monitor) watchdog.set_peer_monitor(std::move(peer_monitor));
  }

  void start(const Launch& launch) {
    if (launch.is_first_of_host) warn_of_little_memory();
    {
      const Watchdog::Guard guard(watchdog, "MPI_Init_thread");
      int provided = MPI_THREAD_SINGLE;
      check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
      started = true;
      if (provided < MPI_THREAD_FUNNELED)
        throw Error("this MPI does not permit threads: it does not provide MPI_THREAD_FUNNELED");
    }
    world = std::make_unique<MpiCommunicator>(MPI_COMM_WORLD, MpiCommunicator::Ownership::borrowed, watchdog,
                                              number_of_world);
    job.emplace(watchdog, number_of_job, std::vector<int>());
    const std::string who = "rank " + std::to_string(world->rank()) + " of " + std::to_string(world->size()) +
                            " on " + host_name();
    watchdog.set_who(who);
    end_on_bus_error("cellsweep: " + who + ": ran out of shared memory: " + shared_memory_directory +
                     " is full, or a file that is in use became shorter; " + shared_memory_remedy +
                     ", or set data.shared: false, which needs less of it\n");
    check_world_size(launch, world->size());
    if (world->size() > 1) introduce_watchdogs();
  }

  // An exception on its way is one that the other ranks do not know of: MPI_Finalize would wait for them.
  // Leaving without it makes the launcher end them.
  ~Impl() {
    if (!started || std::uncaught_exceptions() > exceptions_before) return;
    checked_world.reset();
    world.reset();
    const Watchdog::Guard guard(watchdog, *job, "MPI_Finalize");
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
  return impl_->checked_world ? *impl_->checked_world : *impl_->world;
}

void MpiSession::check_collectives() {
  impl_->checked_world = make_checked_communicator(*impl_->world);
}

std::unique_ptr<Mailbox> MpiSession::make_mailbox() {
  if (!impl_->started) return make_self_mailbox();
  const Watchdog::Guard guard(impl_->watchdog, *impl_->job, "MPI_Comm_dup");
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
  // The launcher signals this rank, too, to end: that must not count as a person's signal.
  const SignalsBlocked blocked;
  if (impl_->started) {
    std::thread([exit_code] {
      std::this_thread::sleep_for(std::chrono::duration<double>(deadlines::longest_abort));
      std::_Exit(exit_code);
    }).detach();
    MPI_Abort(MPI_COMM_WORLD, exit_code);
  }
  std::_Exit(exit_code);
}

}  // namespace cellsweep::comm
