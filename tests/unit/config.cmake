cellsweep_unit_test(config config_test.cpp config_metrics_test.cpp names_test.cpp wandb_test.cpp yaml_test.cpp)
