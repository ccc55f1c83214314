#include "job/checkpoints.h"

#include <spdlog/spdlog.h>

#include <string>

#include "base/file.h"
#include "base/text.h"
#include "comm/agreement.h"
#include "job/compute.h"
#include "train/checkpoint/checkpoint_file.h"

namespace cellsweep::job {
namespace {

// Throws UserError that says why the run cannot resume from there.
void check(const std::filesystem::path& path, const std::string& content, const config::Config& config,
           const model::Layout& layout, const data::Splits& splits) {
  const train::Checkpoint checkpoint = train::checkpoint_from_bytes(path, content, layout);
  // A password in a URL, which no config has any more, is no reason to lose a checkpoint.
  const std::string saved = without_userinfo(checkpoint.config, "");
  const auto differences = config::differences(config::parse_config(saved, path), config);
  if (!differences.empty()) throw UserError(path.string() + ": is of another run: " + differences.front());
  try {
    train::check_checkpoint_fits(checkpoint, config.train, splits.train.samples, shape_of(splits).outputs);
  } catch (const UserError& error) {
    throw UserError(path.string() + ": " + error.what());
  }
}

// The content of the newest file that serves; empty if none does.
std::string newest_content(const train::CheckpointFolder& folder, const config::Config& config,
                           const model::Layout& layout, const data::Splits& splits) {
  for (const auto& path : folder.files()) try {
      std::string content = read_file(path, train::largest_checkpoint(layout), Links::refused);
      check(path, content, config, layout, splits);
      return content;
    } catch (const UserError& error) {
      spdlog::warn("a checkpoint is passed over: {}", error.what());
    }
  return "";
}

}  // namespace

std::unique_ptr<train::Checkpoint> find_checkpoint(const train::CheckpointFolder& folder,
                                                   const config::Config& config, const model::Layout& layout,
                                                   const data::Splits& splits, comm::Communicator& group) {
  const std::string content =
      comm::on_rank_0_for_all(group, [&] { return newest_content(folder, config, layout, splits); });
  if (content.empty()) return nullptr;
  return std::make_unique<train::Checkpoint>(train::checkpoint_from_bytes("checkpoint", content, layout));
}

}  // namespace cellsweep::job
