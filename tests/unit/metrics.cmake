cellsweep_unit_test(metrics metrics_test.cpp exporter_test.cpp exporter_files_test.cpp open_metrics_test.cpp
                    page_test.cpp run_metrics_test.cpp)
target_link_libraries(metrics_test PRIVATE nlohmann_json::nlohmann_json prometheus-cpp::pull)
cellsweep_unit_test(sweep sweep_test.cpp run_folder_test.cpp search_test.cpp points_test.cpp distribution_test.cpp)
target_link_libraries(sweep_test PRIVATE nlohmann_json::nlohmann_json)
target_compile_definitions(sweep_test PRIVATE
  CELLSWEEP_QUANTILES="${PROJECT_SOURCE_DIR}/tests/golden/data/sweep_quantiles.json")
cellsweep_unit_test(report report_test.cpp selection_test.cpp foreign_text_test.cpp)
