cellsweep_unit_test(metrics metrics_test.cpp exporter_test.cpp exporter_parts_test.cpp)
target_link_libraries(metrics_test PRIVATE nlohmann_json::nlohmann_json prometheus-cpp::pull)
