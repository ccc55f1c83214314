#include "doctor/doctor.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/text.h"
#include "comm/agreement.h"
#include "doctor/checks.h"
#include "job/load_config.h"

namespace cellsweep::doctor {
namespace {

struct Check {
  const char* name;
  std::function<CheckResult()> look;
};

// A check that fails is a result, too.
CheckResult look(const Check& check) {
  try {
    return check.look();
  } catch (const comm::CollectiveError& error) {
    return {Verdict::error, error.what(), "this check should have come to its end: mend what it names"};
  } catch (const UserError& error) {
    return {Verdict::error, error.what(), "this check should have come to its end: mend what it names"};
  }
}

void print(const char* name, const CheckResult& result) {
  std::printf("%-8s %-12s %s\n", std::string(to_name(result.verdict)).c_str(), name,
              printable_lines(result.found).c_str());
  if (!result.fix.empty()) std::printf("%-8s %-12s right: %s\n", "", "", printable_lines(result.fix).c_str());
  std::fflush(stdout);
}

// Host names and messages of the system may hold any bytes.
std::string text_of(const nlohmann::ordered_json& json) {
  return escape_unprintable(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

config::Config load(const job::RunArguments& arguments, comm::Communicator& world) {
  if (!arguments.file.empty()) return job::load_config(arguments, world);
  config::Config config;
  comm::run_collectively(world, [&] {
    config = config::parse_config(config::to_yaml(config::Config()), "defaults", arguments.assignments);
  });
  return config;
}

}  // namespace

ExitCode doctor(const job::RunArguments& arguments, const DoctorOptions& options, comm::MpiSession& session) {
  const config::Config config = load(arguments, session.world());
  session.set_timeout(config.parallel.timeout_seconds);
  const JobTopology topology = find_topology(session.world());
  const std::vector<Check> checks{
      {"ranks", [&] { return check_ranks(topology, options.expected_ranks); }},
      {"versions", [&] { return check_versions(topology); }},
      {"devices", [&] { return check_devices(topology, config.parallel); }},
      {"runs", [&] { return check_runs(topology, config, arguments.file); }},
      {"host_memory", [&] { return check_host_memory(topology, config, arguments.file); }},
      {"directory", [&] { return check_directory(topology, config); }},
      {"clocks", [&] { return check_clocks(topology); }},
      {"ports", [&] { return check_ports(topology, config); }},
      {"all_reduce", [&] { return check_all_reduce(topology); }},
      {"binding", [&] { return check_binding(topology, config.parallel); }},
      {"memory", [&] { return check_shared_memory(topology, config); }},
      {"network", [&] { return check_network(topology); }}};
  Verdict worst = Verdict::ok;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    const CheckResult result = look(check);
    worst = std::max(worst, result.verdict);
    rows.push_back({{"check", check.name},
                    {"verdict", to_name(result.verdict)},
                    {"found", result.found},
                    {"right", result.fix}});
    if (topology.world.rank() == 0 && !options.as_json) print(check.name, result);
  }
  if (topology.world.rank() == 0 && options.as_json)
    std::printf("%s\n", text_of({{"verdict", to_name(worst)}, {"checks", rows}}).c_str());
  // Every rank leaves with rank 0's verdict.
  topology.world.broadcast(std::as_writable_bytes(std::span(&worst, 1)), 0);
  return worst == Verdict::error ? ExitCode::bad_input : ExitCode::done;
}

}  // namespace cellsweep::doctor
