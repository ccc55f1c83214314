cellsweep_unit_test(config config_test.cpp config_metrics_test.cpp)
