#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/stopwatch.h"
#include "comm/agreement.h"
#include "comm/watchdog/deadlines.h"
#include "doctor/checks.h"

namespace cellsweep::doctor {
namespace {

namespace fs = std::filesystem;

constexpr double least_space = 1e7, comfortable_space = 1e9;  // bytes

// Takes a file away at the end, and the folders that were made for it.
class ScopedFile {
 public:
  explicit ScopedFile(fs::path file) : file_(std::move(file)) {
    for (fs::path folder = file_.parent_path(); !folder.empty() && !fs::exists(folder);
         folder = folder.parent_path())
      made_.push_back(folder);
  }
  ~ScopedFile() {
    std::error_code ignored;
    fs::remove(file_, ignored);
    for (const fs::path& folder : made_) fs::remove(folder, ignored);
  }
  ScopedFile(const ScopedFile&) = delete;
  ScopedFile& operator=(const ScopedFile&) = delete;

 private:
  fs::path file_;
  std::vector<fs::path> made_;
};

// Waits until the file has the content `wanted`. Network file systems show new files late, but nothing
// between `old` and `wanted` may ever be seen.
void wait_to_see(const fs::path& file, const std::string& old, const std::string& wanted, double seconds) {
  const Stopwatch clock;
  std::string problem;
  for (;;) {
    try {
      const std::string content = read_file(file, wanted.size());
      if (content == wanted) return;
      problem = "it has its old content";
      if (content != old)
        throw Error(fmt::format("{}: {} sees a half-written file: a rename there is not atomic",
                                file.string(), host_name()));
    } catch (const UserError& error) {
      problem = error.what();
    }
    if (clock.seconds() > seconds)
      throw Error(fmt::format("{} is not shared: {} does not see what rank 0 wrote there ({})",
                              file.parent_path().string(), host_name(), problem));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

CheckResult check_directory(const JobTopology& topology, const config::Config& config) {
  const double patience = comm::deadlines::shared_file(config.parallel.timeout_seconds);
  const std::string directory = fs::absolute(config.output.directory).lexically_normal().string();
  const fs::path file = fs::path(comm::broadcast_text(
      topology.world, fs::path(directory) / fmt::format(".doctor-{}-{}", host_name(), getpid()), 0));
  const bool is_writer = topology.world.rank() == 0;
  constexpr std::size_t bytes = 4096;
  const std::string before(bytes, 'a'), after(bytes, 'b');  // no half-written file could be taken for either
  std::unique_ptr<ScopedFile> trace;
  double space = 0;
  try {
    comm::run_collectively(topology.world, [&] {
      if (!is_writer) return;
      trace = std::make_unique<ScopedFile>(file);
      fs::create_directories(file.parent_path());
      space = static_cast<double>(fs::space(file.parent_path()).available);
      write_file(file, before);
    });
    comm::run_collectively(topology.world, [&] {
      if (topology.leads_host()) wait_to_see(file, "", before, patience);
    });
    comm::run_collectively(topology.world, [&] {
      if (is_writer) write_file(file, after);
      if (topology.leads_host()) wait_to_see(file, before, after, patience);
    });
  } catch (const comm::CollectiveError& error) {
    return {Verdict::error, error.what(),
            "output.directory must be a folder that all hosts share and may write to, and where a rename is "
            "atomic"};
  }
  const std::string found =
      fmt::format("{}: {}, {:.2f} GB free", directory,
                  topology.has_one_host() ? "writable" : "shared, a rename is atomic", space / 1e9);
  const std::string fix = fmt::format("at least {:.0f} MB free", comfortable_space / 1e6);
  if (space < least_space) return {Verdict::error, found, fix};
  if (space < comfortable_space) return {Verdict::warning, found, fix};
  return {Verdict::ok, found, ""};
}

}  // namespace cellsweep::doctor
