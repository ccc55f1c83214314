#include "metrics/prometheus/scrape_source.h"

#include <chrono>
#include <limits>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace cellsweep::metrics {
namespace {

constexpr double seconds_between_collections = 0.05;
// How many runs that nobody has collected yet are kept. They are more than end while Prometheus finds a new
// process, if each takes a second. Each run also leaves a file, so that none is lost if nobody looks.
constexpr std::size_t most_runs = 64;

}  // namespace

void ScrapeSource::add(Source source) {
  const std::lock_guard lock(mutex_);
  sources_.push_back(std::move(source));
}

void ScrapeSource::show_run(Source run) {
  const std::lock_guard lock(mutex_);
  if (!runs_.empty()) runs_.back().is_ended = true;
  runs_.push_back({.source = std::move(run)});
  drop_collected();
  if (runs_.size() > most_runs) runs_.pop_front();
}

void ScrapeSource::end_run() {
  const std::lock_guard lock(mutex_);
  if (!runs_.empty()) runs_.back().is_ended = true;
}

// The latest run stays, whatever became of it.
void ScrapeSource::drop_collected() const {
  const Run latest = runs_.back();
  runs_.pop_back();
  std::erase_if(runs_, [](const Run& run) { return run.is_collected; });
  runs_.push_back(latest);
}

std::vector<ScrapeSource::Source> ScrapeSource::begin_collection() const {
  const std::lock_guard lock(mutex_);
  ++begun_;
  since_begun_.restart();
  std::vector<Source> sources = sources_;
  for (Run& run : runs_) {
    sources.push_back(run.source);
    run.is_collected = run.is_ended;
  }
  if (!runs_.empty()) drop_collected();
  return sources;
}

std::vector<prometheus::MetricFamily> ScrapeSource::Collect() const {
  const std::lock_guard turn(one_at_a_time_);
  const double wait = seconds_between_collections - since_collection_.seconds();
  if (wait > 0) std::this_thread::sleep_for(std::chrono::duration<double>(wait));
  since_collection_.restart();

  std::vector<prometheus::MetricFamily> page;
  std::map<std::string, std::size_t> places;
  for (const Source& source : begin_collection())
    for (prometheus::MetricFamily& family : source->Collect()) {
      const auto [place, is_new] = places.emplace(family.name, page.size());
      if (is_new) {
        page.push_back(std::move(family));
      } else {
        auto& metrics = page[place->second].metric;
        metrics.insert(metrics.end(), family.metric.begin(), family.metric.end());
      }
    }
  const std::lock_guard lock(mutex_);
  done_ = begun_;
  return page;
}

std::uint64_t ScrapeSource::begun() const {
  const std::lock_guard lock(mutex_);
  return begun_;
}

std::uint64_t ScrapeSource::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

double ScrapeSource::seconds_since_collection() const {
  const std::lock_guard lock(mutex_);
  return begun_ == 0 ? std::numeric_limits<double>::infinity() : since_begun_.seconds();
}

}  // namespace cellsweep::metrics
