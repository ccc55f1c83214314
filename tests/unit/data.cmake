cellsweep_unit_test(data data_fuzz_test.cpp data_idx_test.cpp data_labels_test.cpp data_npy_test.cpp data_scale_test.cpp data_synthetic_test.cpp sampler_test.cpp)
target_link_libraries(data_test PRIVATE ZLIB::ZLIB)
