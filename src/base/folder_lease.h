// Who may write to a folder, if a job that seems to have ended may still run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cellsweep {

// The folder belongs to another job now: this one has to end, and writes nothing more to it.
class LeaseLostError : public Error {
 public:
  using Error::Error;
};

// A job as Slurm counts it: its id, and how often it was requeued. Without Slurm, each process is a job.
struct JobIdentity {
  std::string job;
  std::int64_t restart = 0;

  // This process', by SLURM_JOB_ID and SLURM_RESTART_COUNT. What is not UTF-8 there is replaced.
  static JobIdentity mine();
  // Whether this is a later start of the same job, so that `before` is over, whatever it may think itself.
  bool follows(const JobIdentity& before) const { return job == before.job && restart > before.restart; }
};

// A folder's owner is who last wrote owner.json there. Every rank of the owning job has the same token, and
// checks before it writes. A job that lost the folder can still finish one write: one already between check()
// and its rename. Thread-safe.
class FolderLease {
 public:
  // Makes this job the owner. Throws Error.
  static FolderLease take(const std::filesystem::path& folder);
  // The lease of another rank of the job that took it.
  FolderLease(const std::filesystem::path& folder, std::string token);

  const std::string& token() const { return token_; }
  // Throws LeaseLostError if the folder no longer belongs to the owner of this token.
  void check() const;

 private:
  std::filesystem::path file_;
  std::string token_;
};

// The job that owns the folder; of an empty name if none does. Throws UserError if the file that says so
// is a symbolic link or cannot be read.
JobIdentity owner_of(const std::filesystem::path& folder);

}  // namespace cellsweep
