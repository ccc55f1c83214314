// What keys, metrics and choices are called elsewhere. For names.cpp and metric_names.cpp only.
#pragma once

#include <string_view>

namespace cellsweep::config {

struct Names {
  std::string_view key;
  std::string_view names;  // simplified, separated by spaces
};

// A name that stands for several things (gamma, alpha, decay, d_model, l2, latent_dim) is not here.
inline constexpr Names key_names[] = {
    {"train.optimizer.learning_rate",
     "lr learningrate learnrate lrate lrinit initlr initiallr initiallearningrate learningrateinit baselr "
     "baselearningrate startlr startinglr lr0 eta etainit lrstart optimizerlr optlr adamlr sgdlr"},
    {"train.optimizer.name",
     "optimizer optimiser optim opt optimizername optimisername optimname optname optimizertype "
     "optimisertype "
     "optimtype opttype optimizerclass optimizerfn optfn solver"},
    {"train.optimizer.momentum", "momentum mom sgdmomentum momentumsgd optimizermomentum"},
    {"train.optimizer.nesterov", "nesterov usenesterov nesterovmomentum"},
    {"train.optimizer.beta_1", "beta1 adambeta1 optimizerbeta1 b1"},
    {"train.optimizer.beta_2", "beta2 adambeta2 optimizerbeta2 b2"},
    {"train.optimizer.rho", "rho rmsproprho"},
    {"train.optimizer.epsilon", "eps epsilon adameps adamepsilon optimizereps optimizerepsilon"},
    {"train.optimizer.weight_decay", "wd weightdecay weightdecayrate adamwweightdecay optimizerweightdecay"},
    {"train.optimizer.clipnorm", "clipnorm"},
    {"train.optimizer.global_clipnorm",
     "globalclipnorm gradclip gradientclip gradclipping gradientclipping clip clipgrad clipgradient "
     "clipgradnorm gradclipnorm gradnormclip gradientclipnorm maxgradnorm maxgradientnorm maxnorm gradnorm "
     "gradclipval gradientclipval clippingnorm"},
    {"train.optimizer.clipvalue", "clipvalue clipval gradclipvalue gradientclipvalue clipgradvalue"},
    {"train.epochs",
     "epochs epoch numepochs numepoch nepochs nepoch maxepochs maxepoch trainepochs trainingepochs "
     "numtrainepochs numtrainingepochs nbepochs nbepoch numberofepochs noofepochs totalepochs epochsnum "
     "epochcount epochnum nbrepochs"},
    {"train.max_steps",
     "maxsteps maxiters maxiter maxiterations numsteps trainsteps trainingsteps totalsteps maxtrainsteps "
     "numtrainsteps numtrainingsteps"},
    {"train.batch_size",
     "batchsize bs bsz batch batchsz sizebatch trainbatchsize trainingbatchsize batchsizetrain trainbs "
     "minibatch minibatchsize perdevicetrainbatchsize globalbatchsize batchsizes"},
    {"train.seed",
     "seed randomseed randomstate rngseed manualseed torchseed npseed trainseed trainingseed globalseed "
     "rseed "
     "seeds modelseed"},
    {"train.loss", "loss lossfn lossfunc lossfunction lossname losstype criterion"},
    {"train.schedule.name",
     "scheduler lrscheduler lrschedule schedule schedulername schedulertype lrschedulertype lrschedulername "
     "lrscheduletype learningrateschedule learningratescheduler"},
    {"train.schedule.warmup_steps",
     "warmupsteps warmup lrwarmup lrwarmupsteps numwarmupsteps nwarmupsteps "
     "warmupupdates warmupiters"},
    {"train.schedule.decay_steps", "decaysteps lrdecaysteps"},
    {"train.schedule.decay_rate",
     "decayrate lrdecay lrdecayrate lrdecayfactor lrgamma schedulergamma "
     "steplrgamma learningratedecay"},
    {"train.gradient_accumulation_steps",
     "gradientaccumulationsteps gradientaccumulation gradaccum gradaccumsteps gradaccumulation "
     "gradaccumulationsteps gradacc gradaccsteps accumulategradbatches accumulationsteps accumsteps "
     "accumgrad "
     "accumulatesteps"},
    {"train.precision", "precision trainprecision"},
    {"train.early_stopping.patience",
     "patience earlystoppingpatience earlystoppatience espatience earlystopping earlystop "
     "earlystoppingrounds "
     "earlystoppingepochs patienceepochs stoppingpatience"},
    {"train.early_stopping.monitor", "monitor earlystoppingmonitor earlystopmonitor"},
    {"train.early_stopping.min_delta", "mindelta earlystoppingmindelta earlystoppingdelta earlystopdelta"},
    {"train.early_stopping.restore_best_weights", "restorebestweights restorebest"},
    {"model.hidden_size",
     "hiddensize hidden hiddendim hiddendims hiddendimension hiddendimensions hiddenunits hiddenunit nhidden "
     "nhid numhidden nhiddenunits numhiddenunits hiddenlayersize hiddenlayerdim hiddenlayerunits "
     "hiddenneurons hiddennodes hiddenchannels hiddenfeatures hiddenstate hiddenstatesize hiddenstatedim "
     "hdim hsize hid hiddim hidsize hs hsz units nunits numunits rnnunits lstmunits gruunits recurrentunits "
     "cellunits unitsperlayer neurons numneurons nneurons neuronsperlayer lstmneurons statesize statedim "
     "cellsize rnnsize rnndim rnnhidden rnnhiddendim rnnhiddensize lstmsize lstmdim lstmhidden lstmhiddendim "
     "lstmhiddensize gruhidden gruhiddendim gruhiddensize hiddenlayerneurons hiddendimsize sizehidden "
     "dimhidden"},
    {"model.layers",
     "layers layer nlayers nlayer numlayers numlayer nblayers nblayer nolayers numberoflayers numoflayers "
     "layersnum layercount rnnlayers lstmlayers grulayers nrnnlayers numrnnlayers numrnnlayer nlstmlayers "
     "numlstmlayers nlstmlayer numgrulayers recurrentlayers numrecurrentlayers nrecurrentlayers hiddenlayers "
     "numhiddenlayers nhiddenlayers nhlayers depth rnndepth stackedlayers numstackedlayers nlayersrnn "
     "numlayersrnn nhiddenlayer"},
    {"model.bidirectional",
     "bidirectional bidir bidirect isbidirectional usebidirectional birnn bilstm bigru"},
    {"model.dropout",
     "dropout dropoutrate dropoutprob dropoutprobability dropoutp dropoutratio drop droprate dropprob dropp "
     "pdrop pdropout rnndropout lstmdropout grudropout modeldropout inputdropout dropoutval dropoutvalue"},
    {"model.batch_norm",
     "batchnorm batchnormalization batchnormalisation usebatchnorm usebatchnormalization "
     "usebn bn withbatchnorm batchnormalize isbatchnorm"},
    {"model.initial_weights",
     "initialweights initweights pretrainedweights pretrainedpath pretrainedmodelpath weightspath "
     "loadweights"},
    {"data.directory", "datadir datadirectory dataroot datafolder datapath"},
    {"data.shuffle", "shuffle shuffledata datashuffle trainshuffle shuffletrain"},
    {"data.limit", "maxsamples maxtrainsamples limittrainsamples datalimit"},
    {"data.classes", "numclasses nclasses nclass nbclasses numclass numberofclasses"},
    {"parallel.device", "device accelerator"},
    {"parallel.threads", "threads numthreads nthreads"},
    {"parallel.timeout_seconds", "timeout"},
    {"parallel.reproducible", "reproducible deterministic"},
    {"checkpoint.keep", "savetopk"},
    {"metrics.prometheus.port", "port metricsport prometheusport"},
    {"output.directory",
     "outputdir outdir outputdirectory outputpath resultsdir resultdir savedir logdir rundir"},
    {"name", "runname experimentname expname experiment"},
};

// Names that mean a cell only if their values are cells.
inline constexpr Names cell_names[] = {
    {"model.cell",
     "cell celltype cellname cellclass rnn rnntype rnncell rnncelltype rnnmodel rnnlayer "
     "rnnlayertype rnnarchitecture rnnname rnnclass rnnmode rnnunit rnnkind recurrentcell "
     "recurrentcelltype recurrenttype recurrentlayer recurrentlayertype recurrentunit "
     "recurrentmodel unittype layertype"}};
inline constexpr Names model_names[] = {
    {"model.cell",
     "model modeltype modelname modelclass modelarch modelarchitecture arch architecture network "
     "networktype nettype net netarch backbone kind type"}};

inline constexpr Names sweep_names[] = {
    {"run_cap", "count ntrials numtrials maxtrials trials nruns numruns maxruns runs ncalls maxevals budget"},
    {"metric.goal", "direction mode goal objective"},
    {"method", "algorithm strategy search searchmethod searchstrategy searchalgorithm searchtype sampler"},
    {"early_terminate", "earlystopping earlystop earlytermination earlyterminate pruner stopping"},
    {"parameters", "params hyperparameters hyperparams parameter searchspace space"},
    {"repeats", "repetitions nrepeats numrepeats"},
    {"seed", "randomseed randomstate"}};

// Before the name proper in a path ("model.optimizer.lr"), or as its first word ("train_batch_size").
inline constexpr std::string_view places =
    "model net network rnn lstm gru train training trainer optimizer optimiser optim opt hparams hparam "
    "hyperparameters "
    "hyperparams hp hps config cfg args params parameters param experiment fit settings sweep run main "
    "learner "
    "lightning trainingsettings trainingparameters modelparams modelsettings sweepparameters wandb";

// Parameters and values that are not here, but are spelled like some that are.
inline constexpr std::string_view foreign =
    "dropouth dropouti dropoute dropouto wdrop dropconnect recurrentdropout nadam adamax adagrad adadelta "
    "radam lamb lion ftrl asgd adamp hiddenlayer nheads numheads nhead batchfirst beta betas layernorm "
    "embedding embeddings embeddim embeddingdim embeddingsize inputsize inputdim outputsize outputdim "
    "testsize trainsize valsize evalbatchsize valbatchsize testbatchsize validbatchsize batchsizeval "
    "dataseed "
    "lrpatience warmupepochs warmupratio seqlen seqlength sequencelength "
    "timesteps minlr maxlr lrmin lrmax numworkers nworkers clstm convlstm slstm mlstm qrnn srnn sru";

// The words of choices that are called otherwise elsewhere.
struct Choices {
  std::string_view key, choice, names;
};

// Metrics, beside their own names and what train.metrics takes for them.
inline constexpr Names metric_names[] = {
    {"loss", "losses cost crossentropy nll mse squarederror meansquarederror"},
    {"accuracy", "accu acc1 top1accuracy"}};

inline constexpr Choices choice_names[] = {
    {"model.cell", "simple_rnn", "rnn vanilla vanillarnn elman elmanrnn rnntanh simplernncell rnncell"},
    {"model.cell", "lstm", "lstmcell"},
    {"model.cell", "gru", "grucell"},
    {"train.loss", "mse", "meansquarederror mseloss l2loss"},
    {"train.loss", "sparse_categorical_crossentropy",
     "crossentropy crossentropyloss categoricalcrossentropy sparsecategoricalcrossentropyloss"},
    {"train.metrics", "accuracy", "acc"},
    {"train.metrics", "top_5_accuracy", "top5 acc5 topkaccuracy sparsetopkcategoricalaccuracy top5acc"},
    {"train.metrics", "balanced_accuracy", "balancedacc balancedaccuracyscore"},
    {"train.metrics", "f1_score", "f1 macrof1 f1macro f1scoremacro"},
    {"train.metrics", "mean_absolute_error", "mae"},
    {"train.metrics", "root_mean_squared_error", "rmse"},
    {"train.schedule.name", "cosine", "cosineannealing cosineannealinglr cosinedecay cosinelr cos"},
    {"train.schedule.name", "step", "steplr"},
    {"train.schedule.name", "constant", "none constantlr"},
    {"train.precision", "f32", "fp32 float32 32 single"},
    {"train.precision", "bf16", "bfloat16 bf16mixed bf16true"},
    {"parallel.device", "cuda", "gpu"},
    {"sweep.method", "bayes", "bayesian bayesianoptimization"},
    {"sweep.method", "grid", "gridsearch"},
    {"sweep.method", "random", "randomsearch"},
    {"sweep.metric.goal", "maximize", "max maximise maximum"},
    {"sweep.metric.goal", "minimize", "min minimise minimum"}};

}  // namespace cellsweep::config
