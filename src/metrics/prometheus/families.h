// Makes metrics of prometheus-cpp that all carry the same labels.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>
#include <utility>

namespace cellsweep::metrics {

// A registry and the labels of everything in it. What it gives lives as long as the registry. Thread-safe.
class Families {
 public:
  explicit Families(prometheus::Labels labels)
      : registry_(std::make_shared<prometheus::Registry>()), labels_(std::move(labels)) {}

  prometheus::Family<prometheus::Gauge>& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Labels(labels_).Register(*registry_);
  }
  prometheus::Family<prometheus::Counter>& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Labels(labels_).Register(*registry_);
  }
  // A histogram of seconds with buckets from 50 microseconds to 10 seconds.
  prometheus::Histogram& time_histogram(const char* name, const char* help) {
    const prometheus::Histogram::BucketBoundaries bounds{
        5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    return prometheus::BuildHistogram()
        .Name(name)
        .Help(help)
        .Labels(labels_)
        .Register(*registry_)
        .Add({}, bounds);
  }
  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Labels labels_;
};

// A gauge that appears with its first value: a loss of 0 before the first epoch would be wrong. The family
// outlives it. One thread at a time.
class LazyGauge {
 public:
  LazyGauge(prometheus::Family<prometheus::Gauge>& family, prometheus::Labels labels = {})
      : family_(&family), labels_(std::move(labels)) {}
  void set(double value) {
    if (gauge_ == nullptr) gauge_ = &family_->Add(labels_);
    gauge_->Set(value);
  }
  void remove() {
    if (gauge_ != nullptr) family_->Remove(std::exchange(gauge_, nullptr));
  }

 private:
  prometheus::Family<prometheus::Gauge>* family_;
  prometheus::Labels labels_;
  prometheus::Gauge* gauge_ = nullptr;
};

// Lets a counter follow a sum that is kept elsewhere; one that falls is passed over.
inline void advance_to(prometheus::Counter& counter, double sum) {
  counter.Increment(sum - counter.Value());
}

}  // namespace cellsweep::metrics
