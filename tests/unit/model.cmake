cellsweep_unit_test(model model_test.cpp)
if(CELLSWEEP_TORCH)
  cellsweep_unit_test(model_torch torch_network_test.cpp)
endif()
