// Parses, calls a command, turns an exception into an exit code. The only catch-all and the only abort of the
// other ranks.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/error.h"
#include "base/process.h"
#include "base/signals.h"
#include "base/standard_streams.h"
#include "base/text.h"
#include "cli/commands.h"
#include "comm/agreement.h"
#include "comm/error_text.h"
#include "comm/launcher.h"
#include "comm/mpi/mpi_session.h"

using namespace cellsweep;

namespace {

void print_error(const char* message) {
  std::fprintf(stderr, "cellsweep: %s\n", printable_lines(message).c_str());
}

// One rank failed alone: the others must not wait for it.
int fail_alone(comm::MpiSession& session, const char* message, ExitCode code) {
  std::fprintf(stderr, "cellsweep: rank %d on %s: %s\n", session.world().rank(),
               printable(host_name()).c_str(), printable_lines(message).c_str());
  if (session.world().size() > 1) session.abort(static_cast<int>(code));
  return static_cast<int>(code);
}

int run(int argc, char** argv, comm::MpiSession& session) {
  try {
    return static_cast<int>(cli::run_command_line(argc, argv, session));
  } catch (const comm::CollectiveError& error) {
    if (session.world().rank() == 0) print_error(error.what());
    return static_cast<int>(error.code());
  } catch (const UserError& error) {
    return fail_alone(session, error.what(), ExitCode::bad_input);
  } catch (const std::exception& error) {
    return fail_alone(session, comm::error_text(error).c_str(), ExitCode::failure);
  }
}

}  // namespace

int main(int argc, char** argv) {
  secure_standard_streams();
  make_writes_fail_with_errors();
  end_at_once_on_signals(
      comm::is_first_rank([](const char* name) -> const char* { return std::getenv(name); }));
  try {
    comm::MpiSession session;
    const int code = run(argc, argv, session);
    // All ranks end with this code, and once the first has, srun ends those that leave last by SIGTERM:
    // theirs would be the greatest code, which is the one that it gives.
    std::signal(SIGTERM, SIG_IGN);
    return code;
  } catch (const UserError& error) {
    print_error(error.what());
    return static_cast<int>(ExitCode::bad_input);
  } catch (const std::exception& error) {
    print_error(comm::error_text(error).c_str());
    return static_cast<int>(ExitCode::failure);
  }
}
