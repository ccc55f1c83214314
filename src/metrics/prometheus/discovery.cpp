#include "metrics/prometheus/discovery.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "base/process.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

[[noreturn]] void fail(const fs::path& path, const char* what) {
  throw Error(path.string() + ": " + what + ": " + std::generic_category().message(errno));
}

// A host's name as a part of a file's: it may hold any bytes.
std::string file_part(std::string host) {
  std::ranges::replace_if(
      host, [](char c) { return std::string_view(name_characters).find(c) == std::string_view::npos; }, '_');
  return host;
}

// Is that the name of a file of that host?
bool is_of_host(const std::string& name, const std::string& host) {
  static const std::regex form(R"(cellsweep_.*@(.*)_\d+-[0-9a-f]{8}\.json(\.part)?)");
  std::smatch parts;
  return std::regex_match(name, parts, form) && parts[1] == host;
}

// Whether nobody holds the file's lock; false if that cannot be found out.
bool is_left_over(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct stat status {};
  const bool is_free = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
                       ::flock(descriptor, LOCK_SH | LOCK_NB) == 0;
  ::close(descriptor);
  return is_free;
}

// A process that was killed could not remove its file, and Prometheus would try it for ever.
void remove_orphans(const fs::path& directory, const std::string& host) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error))
    if (is_of_host(entry.path().filename().string(), host) && is_left_over(entry.path()))
      fs::remove(entry, error);
}

// A new file, with its lock. Throws Error.
int make_locked(const fs::path& path) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) fail(path, "cannot be made");
    // A file system without locks gives none to those who look for files that are left over either.
    while (::flock(descriptor, LOCK_EX) != 0 && errno == EINTR) continue;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || status.st_nlink > 0) return descriptor;
    ::close(descriptor);  // another process took it for left over before it had its lock
  }
}

}  // namespace

DiscoveryFile::DiscoveryFile(const fs::path& directory, const std::string& instance,
                             const std::string& target) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw Error(directory.string() + ": cannot be made: " + error.message());
  const std::string host = file_part(host_name());
  remove_orphans(directory, host);
  const std::string name =
      fmt::format("cellsweep_{}@{}_{}-{:08x}.json", instance, host, getpid(), std::random_device()());
  path_ = directory / name;
  const nlohmann::ordered_json group = {{"targets", {target}}, {"labels", {{"instance", instance}}}};
  // The host's name may hold any bytes.
  const std::string text = nlohmann::ordered_json::array({group}).dump(
                               2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                           "\n";
  const fs::path part = directory / (name + ".part");
  descriptor_ = make_locked(part);
  errno = ENOSPC;  // if less than all is written
  const bool is_written = ::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (is_written && ::rename(part.c_str(), path_.c_str()) == 0) return;
  const int code = errno;
  ::unlink(part.c_str());
  ::close(descriptor_);
  errno = code;
  fail(path_, "cannot be written");
}

DiscoveryFile::~DiscoveryFile() {
  std::error_code error;
  fs::remove(path_, error);
  ::close(descriptor_);
}

}  // namespace cellsweep::metrics
