cellsweep_unit_test(config config_test.cpp)
