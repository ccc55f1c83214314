cellsweep_unit_test(metrics metrics_test.cpp)
cellsweep_unit_test(sweep sweep_test.cpp)
cellsweep_unit_test(report report_test.cpp)
