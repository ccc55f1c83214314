cellsweep_unit_test(comm comm_test.cpp)
