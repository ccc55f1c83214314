cellsweep_unit_test(metrics metrics_test.cpp exporter_test.cpp)
