// Messages between single ranks: whoever sends one does not wait for the one who reads it.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace cellsweep::comm {

// Messages of one sender arrive in the order they were sent. One thread at a time, the one that uses MPI.
// Failures are Errors that name the operation.
class Mailbox {
 public:
  struct Envelope {
    int sender;
    std::string text;  // any bytes
  };

  virtual ~Mailbox() = default;
  // Returns at once; the text is kept until it is on its way.
  virtual void send(int receiver, std::string text) = 0;
  // The next envelope to this rank, or nothing if none has arrived. Costs a microsecond.
  virtual std::optional<Envelope> receive() = 0;
};

// A mailbox of a process that is alone and writes to itself.
std::unique_ptr<Mailbox> make_self_mailbox();

}  // namespace cellsweep::comm
