#include <algorithm>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/doctor/checks.h"
#include "cli/execute.h"
#include "comm/agreement.h"

namespace cellsweep::cli {
namespace {

struct Check {
  const char* name;
  std::function<Row()> look;
};

// A check that fails is a row, too.
Row look(const Check& check) {
  try {
    return check.look();
  } catch (const comm::AgreedError& error) {
    return {Verdict::error, error.what(), "this check should have come to its end: mend what it names"};
  } catch (const UserError& error) {
    return {Verdict::error, error.what(), "this check should have come to its end: mend what it names"};
  }
}

void print(const char* name, const Row& row) {
  std::printf("%-8s %-12s %s\n", std::string(to_name(row.verdict)).c_str(), name,
              printable_lines(row.found).c_str());
  if (!row.fix.empty()) std::printf("%-8s %-12s right: %s\n", "", "", printable_lines(row.fix).c_str());
  std::fflush(stdout);
}

// Host names and messages of the system may hold any bytes.
std::string text_of(const nlohmann::ordered_json& json) {
  return escape_unprintable(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

config::Config load(const RunArguments& arguments, comm::Communicator& world) {
  if (!arguments.file.empty()) return load_together(arguments, world);
  config::Config config;
  comm::together(world, [&] {
    config = config::parse_config(config::to_yaml(config::Config()), "defaults", arguments.assignments);
  });
  return config;
}

}  // namespace

ExitCode doctor(const RunArguments& arguments, const DoctorOptions& options, comm::MpiSession& session) {
  const config::Config config = load(arguments, session.world());
  session.set_timeout(config.parallel.timeout_seconds);
  const Site site = survey(session.world());
  const std::vector<Check> checks{
      {"ranks", [&] { return check_ranks(site, options.expected_ranks); }},
      {"versions", [&] { return check_versions(site); }},
      {"devices", [&] { return check_devices(site, config.parallel); }},
      {"host_memory", [&] { return check_host_memory(site, config, arguments.file); }},
      {"directory", [&] { return check_directory(site, config); }},
      {"clocks", [&] { return check_clocks(site); }},
      {"ports", [&] { return check_ports(site, config); }},
      {"all_reduce", [&] { return check_all_reduce(site); }},
      {"binding", [&] { return check_binding(site, config.parallel); }},
      {"memory", [&] { return check_shared_memory(site, config); }},
      {"network", [&] { return check_network(site); }}};
  Verdict worst = Verdict::ok;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    const Row row = look(check);
    worst = std::max(worst, row.verdict);
    rows.push_back(
        {{"check", check.name}, {"verdict", to_name(row.verdict)}, {"found", row.found}, {"right", row.fix}});
    if (site.world.rank() == 0 && !options.as_json) print(check.name, row);
  }
  if (site.world.rank() == 0 && options.as_json)
    std::printf("%s\n", text_of({{"verdict", to_name(worst)}, {"checks", rows}}).c_str());
  // Every rank leaves with rank 0's verdict.
  site.world.broadcast(std::as_writable_bytes(std::span(&worst, 1)), 0);
  return worst == Verdict::error ? ExitCode::bad_input : ExitCode::done;
}

}  // namespace cellsweep::cli
