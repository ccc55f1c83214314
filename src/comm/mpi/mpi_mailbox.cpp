#include "comm/mpi/mpi_mailbox.h"

#include <cassert>
#include <limits>
#include <utility>

#include "comm/mpi/mpi_check.h"

namespace cellsweep::comm {

MpiMailbox::MpiMailbox(MPI_Comm world) {
  check_mpi(MPI_Comm_dup(world, &handle_), "MPI_Comm_dup");
  check_mpi(MPI_Comm_set_errhandler(handle_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

// Neither the communicator nor what is still on its way is freed: that would wait for other ranks, who may
// not come. MPI reads the bytes until it ends, so they stay behind.
MpiMailbox::~MpiMailbox() {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for a list's head, the process ends
  if (!sending_.empty()) new std::list<Sending>(std::move(sending_));
}

void MpiMailbox::forget_sent() {
  for (auto envelope = sending_.begin(); envelope != sending_.end();) {
    int sent = 0;
    check_mpi(MPI_Test(&envelope->request, &sent, MPI_STATUS_IGNORE), "MPI_Test");
    envelope = sent != 0 ? sending_.erase(envelope) : std::next(envelope);
  }
}

void MpiMailbox::send(int receiver, std::string text) {
  assert(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  forget_sent();
  Sending& envelope = sending_.emplace_back(std::move(text), MPI_REQUEST_NULL);
  check_mpi(MPI_Isend(envelope.text.data(), static_cast<int>(envelope.text.size()), MPI_BYTE, receiver, 0,
                      handle_, &envelope.request),
            "MPI_Isend");
}

std::optional<Mailbox::Envelope> MpiMailbox::receive() {
  int arrived = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  check_mpi(MPI_Improbe(MPI_ANY_SOURCE, 0, handle_, &arrived, &message, &status), "MPI_Improbe");
  if (arrived == 0) {
    if (!sending_.empty()) forget_sent();
    return std::nullopt;
  }
  int size = 0;
  check_mpi(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
  Envelope envelope{status.MPI_SOURCE, std::string(size, '\0')};
  check_mpi(MPI_Mrecv(envelope.text.data(), size, MPI_BYTE, &message, MPI_STATUS_IGNORE), "MPI_Mrecv");
  return envelope;
}

}  // namespace cellsweep::comm
