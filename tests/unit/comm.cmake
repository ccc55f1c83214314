cellsweep_unit_test(comm comm_test.cpp watchdog_test.cpp)
