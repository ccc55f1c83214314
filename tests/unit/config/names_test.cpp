#include "config/names.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "config/spelling.h"
#include "model/metric.h"

namespace cellsweep::config {
namespace {

// What a message suggests for a parameter of that name.
std::string suggested(const std::string& name, const std::vector<std::string>& values = {}) {
  std::string meant = meant_key(name, values);
  return meant.empty() ? near_key(name, {}) : meant;
}

TEST(NamesTest, NamesThatPeopleUseMeanTheRightKeyOrNone) {
  // Names by the key that they mean; the last ones have no counterpart, however near they are spelled to one.
  const std::pair<const char*, const char*> rows[] = {
      {"train.optimizer.learning_rate",
       "lr LR learning_rate LEARNING_RATE learning-rate learningRate learn_rate init_lr lr_init initial_lr "
       "base_lr lr0 optimizer.lr model.optimizer.lr train/lr trainer.learning_rate hparams.lr learing_rate "
       "learning_rte model_lr"},
      {"train.optimizer.name",
       "optimizer optimiser optim opt OPTIMIZER optimizer_name optimizer_type optimzer"},
      {"train.optimizer.weight_decay", "wd weight_decay WEIGHT_DECAY weightDecay optimizer.weight_decay"},
      {"train.optimizer.momentum", "momentum sgd_momentum"},
      {"train.optimizer.beta_1", "beta1"},
      {"train.optimizer.beta_2", "adam_beta2"},
      {"train.optimizer.epsilon", "eps adam_epsilon"},
      {"train.optimizer.nesterov", "nesterov"},
      {"train.optimizer.rho", "rho"},
      {"train.optimizer.global_clipnorm",
       "grad_clip gradient_clip_val clip_grad_norm max_grad_norm clip gradient-clip "
       "trainer.gradient_clip_val"},
      {"train.optimizer.clipnorm", "clipnorm"},
      {"train.optimizer.clipvalue", "clip_value"},
      {"train.epochs",
       "epochs epoch num_epochs n_epochs max_epochs EPOCHS nb_epoch num_train_epochs training_epochs "
       "trainer.max_epochs epocs num_epohcs"},
      {"train.max_steps", "max_steps num_train_steps"},
      {"train.batch_size",
       "batch_size bs BATCH_SIZE batchSize batch train_batch_size per_device_train_batch_size minibatch_size "
       "data.batch_size dataset.batch_size datamodule.batch_size btach_size bsz"},
      {"train.seed", "seed random_seed SEED manual_seed random_state rng_seed"},
      {"train.loss", "loss_fn criterion loss_function"},
      {"train.schedule.name", "scheduler lr_scheduler"},
      {"train.schedule.warmup_steps", "warmup_steps num_warmup_steps"},
      {"train.schedule.decay_rate", "lr_decay_rate"},
      {"train.schedule.decay_steps", "decay_steps"},
      {"train.gradient_accumulation_steps", "grad_accum_steps accumulate_grad_batches"},
      {"train.early_stopping.patience", "patience early_stopping_patience early_stop"},
      {"train.early_stopping.min_delta", "min_delta"},
      {"model.hidden_size",
       "hidden_size hidden_dim hidden_units HIDDEN_DIM n_hidden nhid num_hidden hidden units lstm_units "
       "gru_units rnn_units num_units rnn_hidden_dim rnn_hidden_size hidden_layer_size neurons "
       "hidden_channels state_size lstm_hidden_size hidden-dim model.hidden_dim model.rnn.hidden_size "
       "hiden_size hidden_sise"},
      {"model.layers",
       "num_layers n_layers nlayers layers NUM_LAYERS num_rnn_layers lstm_layers num_hidden_layers "
       "hidden_layers rnn_layers model.num_layers depth num_layer"},
      {"model.bidirectional", "bidirectional bidir use_bidirectional BIDIRECTIONAL"},
      {"model.dropout",
       "dropout dropout_rate dropout_prob dropout_probability DROPOUT p_dropout drop_out rnn_dropout "
       "lstm_dropout model.dropout droput"},
      {"model.batch_norm", "batch_norm use_batchnorm bn"},
      {"model.cell", "cell_type rnn_type rnn_cell_type RNN_TYPE rnn_cell cell recurrent_cell"},
      {"data.classes", "num_classes"},
      {"data.shuffle", "shuffle"},
      {"data.directory", "data_dir"},
      {"parallel.device", "device"},
      {"parallel.threads", "num_threads"},
      {"metrics.prometheus.port", "port"},
      {"output.directory", "output_dir"},
      {"",
       "embedding_dim embedding_size recurrent_dropout encoder_dropout encoder.dropout teacher_forcing_ratio "
       "beam_size attention num_heads d_model kernel_size seq_len sequence_length lookback gamma alpha beta "
       "tau l2 latent_dim input_size output_size num_workers dataset activation weight_init layer_norm "
       "dropouth wdrop eval_batch_size test_size lr_patience warmup_epochs task temperature max_lr weights "
       "min_lr decay discriminator.lr data.seed name_of_it method x embed_dim hidden_layer window_size "
       "num_filters augment"},
  };
  std::size_t count = 0;
  for (const auto& [key, names] : rows) {
    std::istringstream stream(names);
    for (std::string name; stream >> name; ++count) EXPECT_EQ(suggested(name), key) << name;
  }
  EXPECT_GE(count, 150u);
  EXPECT_EQ(suggested(""), "");
}

TEST(NamesTest, SomeNamesMeanACellIfTheirValuesAre) {
  EXPECT_EQ(suggested("model", {"LSTM", "GRU"}), "model.cell");
  EXPECT_EQ(suggested("model_type", {"BiLSTM", "gru"}), "model.cell");
  EXPECT_EQ(suggested("model", {"transformer"}), "");
  EXPECT_EQ(suggested("model"), "");
  EXPECT_EQ(suggested("architecture", {"RNN"}), "model.cell");
  EXPECT_EQ(suggested("rnn", {"lstm"}), "model.cell");
  EXPECT_EQ(suggested("rnn", {"64"}), "");
}

TEST(NamesTest, MetricsByTheirOtherNames) {
  const std::pair<const char*, const char*> cases[] = {{"val_acc", "val_accuracy"},
                                                       {"val/acc", "val_accuracy"},
                                                       {"val_accuracy", "val_accuracy"},
                                                       {"valid_loss", "val_loss"},
                                                       {"Val Loss", "val_loss"},
                                                       {"ValLoss", "val_loss"},
                                                       {"validation/loss", "val_loss"},
                                                       {"eval/loss", "val_loss"},
                                                       {"test_acc", "val_accuracy"},
                                                       {"test/best_acc", "val_accuracy"},
                                                       {"dev_accuracy", "val_accuracy"},
                                                       {"train_loss", "loss"},
                                                       {"train/acc", "accuracy"},
                                                       {"loss", "loss"},
                                                       {"acc", "accuracy"},
                                                       {"TotalLoss", "loss"},
                                                       {"best_val_loss", "val_loss"},
                                                       {"valacc", "val_accuracy"},
                                                       {"Validation Accuracy", "val_accuracy"},
                                                       {"avg_val_loss", "val_loss"},
                                                       {"val_mse", "val_loss"},
                                                       {"val_f1", "val_f1_score"},
                                                       {"val/f1", "val_f1_score"},
                                                       {"valid_f1", "val_f1_score"},
                                                       {"valf1", "val_f1_score"},
                                                       {"ValF1Score", "val_f1_score"},
                                                       {"test/macro_f1", "val_f1_score"},
                                                       {"f1_macro", "f1_score"},
                                                       {"micro_f1", ""},
                                                       {"val_weighted_f1", ""},
                                                       {"val_top5_acc", "val_top_5_accuracy"},
                                                       {"balanced_accuracy_score", "balanced_accuracy"},
                                                       {"val_rmse", "val_root_mean_squared_error"},
                                                       {"best_val_mae", "val_mean_absolute_error"},
                                                       {"mean_squared_error", "loss"},
                                                       {"mse_loss", "loss"},
                                                       {"f1_loss", ""},
                                                       {"acc1", "accuracy"},
                                                       {"auc", ""},
                                                       {"val/iauc_l2_corr", ""},
                                                       {"mean_reward", ""},
                                                       {"", ""},
                                                       {"epoch", ""},
                                                       {"val_loss_acc", ""},
                                                       {"val", ""}};
  for (const auto& [name, metric] : cases) EXPECT_EQ(meant_metric(name), metric) << name;
  for (const model::Metric& metric : model::all_metrics()) {
    const std::string own(metric.name);
    EXPECT_EQ(meant_metric(own), own);
    EXPECT_EQ(meant_metric("Valid/" + own), "val_" + own);
    EXPECT_EQ(meant_metric("best_" + own + "_epoch"), own);
  }
}

TEST(NamesTest, ChoicesByCaseAndOtherNames) {
  const auto choice = [](const char* key, const char* word) { return meant_choice(*find_option(key), word); };
  EXPECT_EQ(choice("model.cell", "LSTM"), "lstm");
  EXPECT_EQ(choice("model.cell", "SimpleRNN"), "simple_rnn");
  EXPECT_EQ(choice("model.cell", "rnn"), "simple_rnn");
  EXPECT_EQ(choice("model.cell", "transformer"), "");
  EXPECT_EQ(choice("train.optimizer.name", "RMSprop"), "rmsprop");
  EXPECT_EQ(choice("train.optimizer.name", "AdamW"), "adamw");
  EXPECT_EQ(choice("train.optimizer.name", "Nadam"), "");
  EXPECT_EQ(choice("train.loss", "MSE"), "mse");
  EXPECT_EQ(choice("sweep.metric.goal", "max"), "maximize");
  EXPECT_EQ(near_choice(*find_option("train.optimizer.name"), "nadam"), "");
  EXPECT_EQ(near_choice(*find_option("train.optimizer.name"), "amad"), "");
  EXPECT_EQ(near_choice(*find_option("train.optimizer.name"), "adma"), "adam");
  EXPECT_EQ(near_choice(*find_option("sweep.metric.name"), "val/acc"), "val_accuracy");
}

TEST(NamesTest, GroupsKeysForReading) {
  EXPECT_EQ(grouped({"a.b", "a.c", "a.d.e", "f", "g"}), "a.{b, c}, a.d.e, f, g");
}

}  // namespace
}  // namespace cellsweep::config
