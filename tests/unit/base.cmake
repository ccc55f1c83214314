cellsweep_unit_test(base base_test.cpp core_quota_test.cpp file_test.cpp memory_test.cpp signals_test.cpp siphash_test.cpp text_test.cpp)
