// Messages over MPI.
#pragma once

#include <mpi.h>

#include <list>
#include <string>

#include "comm/mailbox.h"

namespace cellsweep::comm {

// Nothing here waits, so the watchdog has nothing to watch, but making it, which is collective over `world`.
// Destroyed before MPI's end; what was not yet on its way is then given up.
class MpiMailbox final : public Mailbox {
 public:
  explicit MpiMailbox(MPI_Comm world);
  ~MpiMailbox() override;
  MpiMailbox(const MpiMailbox&) = delete;
  MpiMailbox& operator=(const MpiMailbox&) = delete;

  void send(int receiver, std::string text) override;
  std::optional<Envelope> receive() override;

 private:
  // An envelope whose bytes MPI still reads.
  struct Sending {
    std::string text;
    MPI_Request request;
  };
  void forget_sent();

  MPI_Comm handle_ = MPI_COMM_NULL;  // its own, so that no envelope is taken for another message
  std::list<Sending> sending_;       // whose members never move
};

}  // namespace cellsweep::comm
