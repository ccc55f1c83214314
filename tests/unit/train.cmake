cellsweep_unit_test(train train_test.cpp)
