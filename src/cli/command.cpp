#include "cli/command.h"

#include "base/standard_streams.h"
#include "comm/agreement.h"

namespace cellsweep::cli {

ExitCode print_on_rank_0(comm::MpiSession& session, const std::function<ExitCode()>& work) {
  return comm::on_rank_0_for_all(session.world(), [&] {
    const ExitCode code = work();
    check_standard_output();
    return code;
  });
}

void check_printed(comm::MpiSession& session) {
  comm::on_rank_0(session.world(), check_standard_output);
}

}  // namespace cellsweep::cli
