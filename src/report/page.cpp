#include "report/page.h"

// The assembler takes a file's bytes as they are; a string literal of a megabyte is more than compilers
// need to accept.
#define EMBED(name, file)                                                                                  \
  asm(".pushsection .rodata\n.global cellsweep_" #name "\ncellsweep_" #name ":\n.incbin \"" CELLSWEEP_PAGE \
      "/" file "\"\n.global cellsweep_" #name "_end\ncellsweep_" #name "_end:\n.byte 0\n.popsection\n");   \
  extern "C" const char cellsweep_##name[], cellsweep_##name##_end[]

EMBED(frame, "page.html");
EMBED(style, "page.css");
EMBED(script, "page.js");
EMBED(echarts, "echarts/echarts.min.js");

namespace cellsweep::report::page {

const std::string_view frame(cellsweep_frame, cellsweep_frame_end);
const std::string_view style(cellsweep_style, cellsweep_style_end);
const std::string_view script(cellsweep_script, cellsweep_script_end);
const std::string_view echarts(cellsweep_echarts, cellsweep_echarts_end);

}  // namespace cellsweep::report::page
