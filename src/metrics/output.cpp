#include "metrics/output.h"

#include <limits.h>
#include <poll.h>

namespace cellsweep::metrics {

void Output::print(std::string_view text) {
  constexpr int milliseconds = 300;
  while (!text.empty()) {
    pollfd output{fileno(out_), POLLOUT, 0};
    is_stuck_ = poll(&output, 1, is_stuck_ ? 0 : milliseconds) == 0;
    if (is_stuck_) return;
    // A pipe that is ready takes so much without waiting.
    const std::string_view piece = text.substr(0, PIPE_BUF);
    std::fwrite(piece.data(), 1, piece.size(), out_);
    std::fflush(out_);
    text.remove_prefix(piece.size());
  }
}

}  // namespace cellsweep::metrics
