#include "metrics/prometheus/pushgateway.h"

#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cellsweep::metrics {
namespace {

constexpr double seconds_between_pushes = 15;
// After which nothing more is sent, however many groups are left at the gateway.
constexpr double longest_end = 5;

}  // namespace

Pushgateway::Pushgateway(const PushgatewayOptions& options, const std::string& password, double keep_seconds)
    : base_((options.address.find("://") == std::string::npos ? "http://" : "") + options.address +
            "/metrics/job/" + options.job),
      http_(options.basic_auth.username, password),
      keep_seconds_(keep_seconds) {
  thread_ = std::thread([this] { work(); });
}

Pushgateway::~Pushgateway() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    since_stopping_.restart();
  }
  wake_.notify_all();
  thread_.join();
}

void Pushgateway::show_run(const std::string& sweep, const std::string& run_id,
                           std::shared_ptr<prometheus::Registry> metrics) {
  {
    const std::lock_guard lock(mutex_);
    groups_.push_back(std::make_shared<Group>(
        Group{.url = base_ + "/sweep/" + sweep + "/run_id/" + run_id, .metrics = std::move(metrics)}));
  }
  wake_.notify_all();
}

void Pushgateway::end_run() {
  {
    const std::lock_guard lock(mutex_);
    if (groups_.empty()) return;
    Group& group = *groups_.back();
    group.is_ended = group.is_due = true;
    group.since_ended.restart();
  }
  wake_.notify_all();
}

bool Pushgateway::is_keeping() const {
  const std::lock_guard lock(mutex_);
  if (is_sending_) return true;
  return is_reachable_ && std::ranges::any_of(groups_, [this](const auto& group) {
           return group->is_due || (group->is_pushed && group->since_ended.seconds() < keep_seconds_);
         });
}

void Pushgateway::work() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    push_all(lock);
    delete_old(lock);
    wake_.wait_for(lock, std::chrono::seconds(1), [this] {
      return is_stopping_ || std::ranges::any_of(groups_, [](const auto& group) { return group->is_due; });
    });
  }
  push_all(lock);
  delete_old(lock);
}

void Pushgateway::push_all(std::unique_lock<std::mutex>& lock) {
  const auto groups = groups_;
  for (const auto& group : groups) {
    const bool is_time = !group->is_ended && group->since_pushed.seconds() >= seconds_between_pushes;
    if (!(group->is_due || is_time) || !may_send()) continue;
    group->is_due = false;
    group->since_pushed.restart();
    const std::string page = prometheus::TextSerializer().Serialize(group->metrics->Collect());
    // PUT replaces the whole group; POST would leave what is no longer there.
    group->is_pushed |= send(lock, "PUT", group->url, page);
  }
}

void Pushgateway::delete_old(std::unique_lock<std::mutex>& lock) {
  const auto groups = groups_;
  for (const auto& group : groups) {
    const bool is_old = group->is_ended && !group->is_due && group->since_ended.seconds() >= keep_seconds_;
    if (!is_old && !is_stopping_) continue;
    if (group->is_pushed && may_send()) send(lock, "DELETE", group->url, "");
    std::erase(groups_, group);
  }
}

bool Pushgateway::may_send() const {
  return !is_stopping_ || (is_reachable_ && since_stopping_.seconds() < longest_end);
}

bool Pushgateway::send(std::unique_lock<std::mutex>& lock, const char* method, const std::string& url,
                       const std::string& body) {
  is_sending_ = true;
  lock.unlock();
  const bool is_done = http_.request(method, url, body);
  lock.lock();
  is_sending_ = false;
  if (is_reachable_ && !is_done) spdlog::warn("metrics cannot be pushed to {}, the run continues", base_);
  is_reachable_ = is_done;
  return is_done;
}

}  // namespace cellsweep::metrics
