#include "base/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "base/descriptor.h"
#include "base/error.h"

namespace cellsweep {

void secure_standard_streams() {
  int descriptor = 0;
  do descriptor = ::open("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
}

void check_standard_output() {
  // Whoever reads the other end, such as head, has had enough and is gone.
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  const bool has_no_reader = poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
  if (has_no_reader) return;
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw Error("standard output: not all of the result could be written" +
              (errno == 0 ? std::string() : ": " + system_reason()));
}

}  // namespace cellsweep
