#include "base/folder_lease.h"

#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/file_names.h"
#include "base/process.h"

namespace cellsweep {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t largest_owner = 1 << 16;

std::filesystem::path file_in(const std::filesystem::path& folder) {
  return folder / file_names::owner;
}

// An environment variable may hold any bytes, and JSON takes only UTF-8: what is none becomes U+FFFD.
std::string as_utf8(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

// "job 12, restart 1, process 345 on host h1"; the text itself if it is not a token.
std::string to_words(const std::string& token) {
  const Json owner = Json::parse(token, nullptr, false);
  if (!owner.is_object()) return "'" + token + "'";
  std::string words;
  for (const auto& [key, value] : owner.items())
    words += (words.empty() ? "" : ", ") + key + " " +
             (value.is_string() ? value.get<std::string>() : value.dump());
  return words;
}

}  // namespace

JobIdentity JobIdentity::mine() {
  const char* const job = std::getenv("SLURM_JOB_ID");
  if (job == nullptr) return {host_name() + ":" + std::to_string(getpid()), 0};
  const char* const restart = std::getenv("SLURM_RESTART_COUNT");
  return {as_utf8(job), restart == nullptr ? 0 : std::strtoll(restart, nullptr, 10)};
}

FolderLease FolderLease::take(const std::filesystem::path& folder) {
  const JobIdentity mine = JobIdentity::mine();
  Json owner;
  owner["job"] = mine.job;
  owner["restart"] = mine.restart;
  owner["host"] = host_name();
  owner["process"] = getpid();
  owner["started"] = start_time_seconds();
  FolderLease lease(folder, owner.dump());
  write_file(lease.file_, lease.token_ + "\n");
  return lease;
}

FolderLease::FolderLease(const std::filesystem::path& folder, std::string token)
    : file_(file_in(folder)), token_(std::move(token)) {}

void FolderLease::check() const {
  std::string owner;
  try {
    owner = read_file(file_, largest_owner, Links::refused);
  } catch (const UserError& error) {
    throw LeaseLostError(std::string(error.what()) + "; it said that the folder belongs to this job");
  }
  if (owner == token_ + "\n") return;
  throw LeaseLostError(file_.string() + ": the folder was taken over (" + to_words(owner) + "); this job (" +
                       to_words(token_) + ") ends and writes nothing more to it");
}

JobIdentity owner_of(const std::filesystem::path& folder) {
  const auto file = file_in(folder);
  if (std::filesystem::symlink_status(file).type() == std::filesystem::file_type::not_found) return {};
  try {
    const Json owner = Json::parse(read_file(file, largest_owner, Links::refused));
    return {owner.at("job"), owner.at("restart")};
  } catch (const Json::exception&) {
    return {};  // not written by a job
  }
}

}  // namespace cellsweep
