#include "job/load_config.h"

#include <string>

#include "comm/agreement.h"
#include "job/sweep_folder.h"

namespace cellsweep::job {

config::Config load_config(const RunArguments& arguments, comm::Communicator& world) {
  const std::string text = comm::on_rank_0_for_all(world, [&] {
    return config::to_yaml(arguments.resume.empty()
                               ? config::load_config(arguments.sources(), arguments.assignments)
                               : load_resumed(arguments));
  });
  return config::parse_own(text, arguments.file.empty() ? arguments.resume : arguments.file);
}

}  // namespace cellsweep::job
