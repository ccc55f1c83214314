// The fields of a run's reports, each named once: for files and messages, for reading and writing alike.
//
// `visit` gets each field's name and a reference to it, in the order in which files and messages have them. A
// new field goes to the end. One of an epoch's report changes the format of checkpoints, too.
#pragma once

#include "base/const_or_not.h"
#include "metrics/observer.h"

namespace cellsweep::metrics {

// Without `directory`, which means nothing to another process, and `metrics`, which only the run's own
// exporter reads.
template <ConstOrNot<RunInfo> Info, class Visit>
void for_each_field(Info& info, Visit visit) {
  visit("sweep", info.sweep);
  visit("run_id", info.run_id);
  visit("cell", info.cell);
  visit("engine", info.engine);
  visit("version", info.version);
  visit("parameters", info.parameters);
  visit("ranks", info.ranks);
  visit("epochs", info.epochs);
  visit("steps_per_epoch", info.steps_per_epoch);
  visit("steps_done", info.steps_done);
  visit("batch_size", info.batch_size);
  visit("trainable_parameters", info.trainable_parameters);
}

// Without the parts of a step's time, `all_reduce_bytes` and `gradient_norm`, which only the run's own
// exporter reads.
template <ConstOrNot<StepReport> Report, class Visit>
void for_each_field(Report& report, Visit visit) {
  visit("epoch", report.epoch);
  visit("step", report.step);
  visit("global_step", report.global_step);
  visit("samples", report.samples);
  visit("seconds", report.seconds);
  visit("learning_rate", report.learning_rate);
  visit("metrics", report.metrics);
}

template <ConstOrNot<EpochReport> Report, class Visit>
void for_each_field(Report& report, Visit visit) {
  visit("epoch", report.epoch);
  visit("step", report.step);
  visit("metrics", report.metrics);
  visit("learning_rate", report.learning_rate);
  visit("seconds", report.seconds);
  visit("evaluation_seconds", report.evaluation_seconds);
  visit("samples_per_second", report.samples_per_second);
}

template <ConstOrNot<RunSummary> Summary, class Visit>
void for_each_field(Summary& summary, Visit visit) {
  visit("state", summary.state);
  visit("reason", summary.reason);
  visit("seconds", summary.seconds);
  visit("epochs", summary.epochs);
  visit("steps", summary.steps);
}

}  // namespace cellsweep::metrics
