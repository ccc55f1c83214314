#include "sweep/hyperband.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cellsweep::sweep {

std::vector<std::int64_t> bands_of(const EarlyTerminateOptions& options, std::int64_t last_epoch) {
  std::vector<std::int64_t> bands;
  const auto add = [&](double epoch) {
    const auto whole = static_cast<std::int64_t>(epoch);
    if (whole >= 1 && whole <= last_epoch) bands.push_back(whole);
  };
  if (options.min_iter) {
    for (double epoch = static_cast<double>(*options.min_iter); epoch <= static_cast<double>(last_epoch);
         epoch *= options.eta)
      add(epoch);
  } else if (options.max_iter) {
    double epoch = static_cast<double>(*options.max_iter);
    for (std::int64_t k = 0; k < options.s.value_or(1) && epoch >= 1; ++k) add(epoch /= options.eta);
  }
  std::ranges::sort(bands);
  bands.erase(std::ranges::unique(bands).begin(), bands.end());
  return bands;
}

Hyperband::Hyperband(const EarlyTerminateOptions& options, Goal goal, std::size_t runs,
                     std::int64_t last_epoch)
    : sign_(goal == Goal::maximize ? -1 : 1),
      eta_(options.eta),
      strict_(options.strict),
      bands_(bands_of(options, last_epoch)),
      runs_(runs),
      next_(bands_.size()),
      history_(bands_.size()) {}

void Hyperband::report(std::size_t run, std::int64_t epoch, double value) {
  Run& progress = runs_[run];
  // A run that began anew reports what it did before, and one that was stopped may not know of it yet.
  if (progress.has_ended || epoch <= progress.epoch) return;
  progress.epoch = epoch;
  const double loss = sign_ * value;
  if (std::isfinite(loss) && (!progress.has_best || loss < progress.best)) {
    progress.best = loss;
    progress.has_best = true;
  }
  if (progress.values.size() == bands_.size() || epoch != bands_[progress.values.size()]) return;
  const bool is_known = std::isfinite(loss) && progress.has_best;
  progress.values.push_back(!is_known ? std::numeric_limits<double>::quiet_NaN()
                            : strict_ ? loss
                                      : progress.best);
}

void Hyperband::ended(std::size_t run) {
  runs_[run].has_ended = true;
}

std::vector<Hyperband::Verdict> Hyperband::decide() {
  std::vector<Verdict> verdicts;
  // A run that is stopped at a band does not get to the next one, so lower bands come first.
  for (std::size_t band = 0; band < bands_.size(); ++band) {
    const auto of_band = decide_band(band);
    verdicts.insert(verdicts.end(), of_band.begin(), of_band.end());
  }
  return verdicts;
}

std::vector<Hyperband::Verdict> Hyperband::decide_band(std::size_t band) {
  std::vector<Verdict> verdicts;
  for (std::size_t& run = next_[band]; run < runs_.size(); ++run) {
    Run& progress = runs_[run];
    // If the verdict of the band below is still to come, it may yet turn out that the run ended there.
    if (band > 0 && next_[band - 1] <= run) break;
    if (progress.values.size() <= band) {
      if (!progress.has_ended) break;
      continue;
    }
    const double value = progress.values[band];
    if (std::isnan(value)) continue;
    std::vector<double>& history = history_[band];
    history.insert(std::ranges::upper_bound(history, value), value);
    const double threshold = history[static_cast<std::size_t>(static_cast<double>(history.size()) / eta_)];
    if (value <= threshold) continue;
    progress.values.resize(band + 1);
    progress.has_ended = true;
    verdicts.push_back({run, bands_[band], sign_ * value, sign_ * threshold});
  }
  return verdicts;
}

}  // namespace cellsweep::sweep
