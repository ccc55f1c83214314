#include "terminal/output.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "base/stopwatch.h"

namespace cellsweep::terminal {
namespace {

// A terminal may say that it is ready, and yet wait for a reader in the middle of a line. Opened once more,
// it can be set not to wait, without changing what others who share it see. Not open for what is none.
Descriptor open_terminal(int number) {
  if (isatty(number) == 0) return Descriptor();
  return Descriptor(::open(("/proc/self/fd/" + std::to_string(number)).c_str(),
                           O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

}  // namespace

Output::Output(std::FILE* out) : out_(out), terminal_(open_terminal(fileno(out))) {}

std::size_t Output::write_ready(std::string_view text) {
  if (terminal_.is_open()) {
    const ssize_t written = ::write(terminal_.get(), text.data(), text.size());
    if (written >= 0) return written;
    return errno == EAGAIN || errno == EINTR ? 0 : text.size();  // a closed output loses it
  }
  // A pipe that is ready takes so much without waiting.
  const std::string_view piece = text.substr(0, PIPE_BUF);
  std::fwrite(piece.data(), 1, piece.size(), out_);
  std::fflush(out_);
  return piece.size();
}

void Output::print(std::string_view text) {
  const double patience = is_stuck_ ? 0 : 0.3;  // seconds without a byte that is taken
  Stopwatch waited;
  while (!text.empty()) {
    pollfd output{fileno(out_), POLLOUT, 0};
    const double left = std::max(0.0, patience - waited.seconds());
    is_stuck_ = poll(&output, 1, static_cast<int>(1000 * left)) == 0;
    if (is_stuck_) return;
    const std::size_t written = write_ready(text);
    text.remove_prefix(written);
    if (written > 0) {
      waited.restart();
    } else if (waited.seconds() >= patience) {
      is_stuck_ = true;
      return;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

}  // namespace cellsweep::terminal
