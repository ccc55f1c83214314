// The part of Reader that knows W&B's sweep files.
#include <algorithm>
#include <set>

#include "config/reader.h"

namespace cellsweep::config {

void Reader::read_sweep(const YamlNode& root) {
  is_wandb_ = true;
  is_readable_ = is_readable_ && root.kind != NodeKind::refused;
  // What W&B needs to start its own program, and to file the sweep.
  static const std::set<std::string, std::less<>> not_ours{
      "apiVersion", "command",       "controller", "description", "entity",   "image_uri",
      "job",        "kind",          "name",       "program",     "project",  "queue",
      "resource",   "resource_args", "scheduler",  "tags",        "settings", "template_variables"};
  YamlNode sweep = root;
  std::erase_if(sweep.entries, [&](const auto& entry) {
    const bool is_not_ours = not_ours.contains(entry.key.text);
    if (is_not_ours) passed_over_.push_back(entry.key.text);
    return is_not_ours;
  });
  if (sweep.kind == NodeKind::null)
    diagnostics_.add(root.location, "empty; expected a sweep: method, metric, parameters");
  else
    read_section(sweep, "sweep.");
  is_wandb_ = false;
}

// Its bands are max_iter / eta, max_iter / eta^2, … if there are max_iter and s; else min_iter, min_iter *
// eta, …, and what is given of the other form is not looked at.
void Reader::settle_early_termination() {
  if (!config_.sweep || config_.sweep->early_terminate.type == sweep::EarlyTermination::none) return;
  sweep::EarlyTerminateOptions& early = config_.sweep->early_terminate;
  const auto pass_over = [&](std::optional<std::int64_t>& value, const char* what) {
    if (value) passed_over_.push_back(std::string("early_terminate.") + what);
    value.reset();
  };
  if (!early.min_iter) return;
  if (early.max_iter && early.s) return pass_over(early.min_iter, "min_iter (max_iter and s go first)");
  pass_over(early.max_iter, "max_iter (it goes with s)");
  pass_over(early.s, "s (it goes with max_iter)");
}

}  // namespace cellsweep::config
