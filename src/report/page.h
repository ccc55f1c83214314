// The files of src/report/html, as they are, inside of the program.
#pragma once

#include <string_view>

namespace cellsweep::report::page {

extern const std::string_view frame;    // page.html
extern const std::string_view style;    // page.css
extern const std::string_view script;   // page.js
extern const std::string_view echarts;  // echarts/echarts.min.js

}  // namespace cellsweep::report::page
