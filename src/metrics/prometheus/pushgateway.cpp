#include "metrics/prometheus/pushgateway.h"

#include <curl/curl.h>
#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cellsweep::metrics {
namespace {

constexpr double seconds_between_pushes = 15;
constexpr long connect_milliseconds = 2000;
constexpr long request_milliseconds = 3000;
// After which nothing more is sent, however many groups are left at the gateway.
constexpr double longest_farewell = 5;

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

struct Login {
  const std::string& username;  // empty: none is needed
  const std::string& password;
};

// Whether the server did as asked within the time that there is.
bool request(const char* method, const std::string& url, const std::string& body, const Login& login) {
  CURL* const curl = curl_easy_init();
  if (curl == nullptr) return false;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
  if (!login.username.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_USERNAME, login.username.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, login.password.c_str());
  }
  if (!body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  }
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_milliseconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request_milliseconds);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // signals belong to the process
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &ignore);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  const CURLcode result = curl_easy_perform(curl);
  curl_easy_cleanup(curl);
  return result == CURLE_OK;
}

}  // namespace

Pushgateway::Pushgateway(const PushgatewayOptions& options, const std::string& password, double keep_seconds)
    : base_((options.address.find("://") == std::string::npos ? "http://" : "") + options.address +
            "/metrics/job/" + options.job),
      username_(options.basic_auth.username),
      password_(password),
      keep_seconds_(keep_seconds) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
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
  curl_global_cleanup();
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
  return !is_stopping_ || (is_reachable_ && since_stopping_.seconds() < longest_farewell);
}

bool Pushgateway::send(std::unique_lock<std::mutex>& lock, const char* method, const std::string& url,
                       const std::string& body) {
  is_sending_ = true;
  lock.unlock();
  const bool is_done = request(method, url, body, {username_, password_});
  lock.lock();
  is_sending_ = false;
  if (is_reachable_ && !is_done) spdlog::warn("metrics cannot be pushed to {}, the run continues", base_);
  is_reachable_ = is_done;
  return is_done;
}

}  // namespace cellsweep::metrics
