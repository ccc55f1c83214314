cellsweep_unit_test(train checkpoint_test.cpp train_test.cpp)
