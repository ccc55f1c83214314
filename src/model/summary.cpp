#include "model/summary.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/with_commas.h"
#include "model/layout.h"

namespace cellsweep::model {
namespace {

// Text widths of the three columns, without the blank on either side.
constexpr std::array<std::size_t, 3> column_widths{31, 22, 13};

using LayerRow = std::array<std::string, 3>;

std::string memory_size(std::int64_t values) {
  double bytes = 4.0 * static_cast<double>(values);
  constexpr std::array<std::string_view, 6> units{"B", "KB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (; unit + 1 < units.size() && bytes >= 1024; ++unit) bytes /= 1024;
  return fmt::format("{:.2f} {}", bytes, units[unit]);
}

// The lines of `text`, broken at blanks so that each fits in `width`.
std::vector<std::string> wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (line.size() + 1 + word.size() <= width) {
      line += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

std::string rule(std::string_view left, std::string_view line, std::string_view middle,
                 std::string_view right) {
  std::string text;
  for (std::size_t column = 0; column < column_widths.size(); ++column) {
    text += column == 0 ? left : middle;
    for (std::size_t i = 0; i < column_widths[column] + 2; ++i) text += line;
  }
  return text.append(right) + "\n";
}

std::string render(const LayerRow& row, std::string_view bar) {
  std::array<std::vector<std::string>, 3> cells;
  std::size_t height = 1;
  for (std::size_t column = 0; column < cells.size(); ++column) {
    cells[column] = wrap(row[column], column_widths[column]);
    height = std::max(height, cells[column].size());
  }
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string part = line < cells[column].size() ? cells[column][line] : "";
      text += column == 2 ? fmt::format("{} {:>{}} ", bar, part, column_widths[column])
                          : fmt::format("{} {:<{}} ", bar, part, column_widths[column]);
    }
    text.append(bar) += "\n";
  }
  return text;
}

std::int64_t count_under(const std::vector<Weight>& weights, const std::string& prefix) {
  std::int64_t count = 0;
  for (const Weight& weight : weights)
    if (weight.name.starts_with(prefix + ".")) count += weight.size;
  return count;
}

// One row a layer, as Keras names its layers.
std::vector<LayerRow> layer_rows(const ModelOptions& options, const DataShape& shape, const Layout& layout) {
  constexpr std::array<std::string_view, 3> types{"SimpleRNN", "LSTM", "GRU"};
  const std::string name(options.bidirectional ? "bidirectional" : to_name(options.cell));
  const std::string_view type =
      options.bidirectional ? "Bidirectional" : types[static_cast<std::size_t>(options.cell)];
  const std::int64_t width = rnn_output_size(options);
  std::vector<LayerRow> rows;
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    const std::string suffix = layer == 0 ? "" : "_" + std::to_string(layer);
    rows.push_back({fmt::format("{}{} ({})", name, suffix, type),
                    layer + 1 < options.layers ? fmt::format("(None, {}, {})", shape.time, width)
                                               : fmt::format("(None, {})", width),
                    with_commas(count_under(layout.trainable, "rnn" + suffix))});
  }
  if (options.batch_norm)
    rows.push_back(
        {"batch_normalization (BatchNormalization)", fmt::format("(None, {})", width),
         with_commas(count_under(layout.trainable, "batch_norm") + layout.moving_statistics_size)});
  rows.push_back({"dense (Dense)", fmt::format("(None, {})", shape.outputs),
                  with_commas(count_under(layout.trainable, "dense"))});
  return rows;
}

}  // namespace

std::string summary_table(const ModelOptions& options, const DataShape& shape) {
  const Layout layout = make_layout(options, shape);
  std::string text = "Model: \"sequential\"\n" + rule("┏", "━", "┳", "┓") +
                     render({"Layer (type)", "Output Shape", "Param #"}, "┃");
  bool first = true;
  for (const LayerRow& row : layer_rows(options, shape, layout)) {
    text += first ? rule("┡", "━", "╇", "┩") : rule("├", "─", "┼", "┤");
    text += render(row, "│");
    first = false;
  }
  text += rule("└", "─", "┴", "┘");
  const auto total = [](std::string_view what, std::int64_t count) {
    return fmt::format(" {}: {} ({})\n", what, with_commas(count), memory_size(count));
  };
  return text + total("Total params", layout.trainable_size + layout.moving_statistics_size) +
         total("Trainable params", layout.trainable_size) +
         total("Non-trainable params", layout.moving_statistics_size);
}

}  // namespace cellsweep::model
