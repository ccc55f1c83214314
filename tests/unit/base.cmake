cellsweep_unit_test(base base_test.cpp signals_test.cpp text_test.cpp)
