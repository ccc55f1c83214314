#include "report/html.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/file.h"
#include "base/file_names.h"
#include "base/finite_json.h"
#include "base/text.h"
#include "metrics/history.h"
#include "report/names.h"
#include "report/page.h"

namespace cellsweep::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_curves = 200;
constexpr std::uint64_t largest_config = std::uint64_t{1} << 20;

bool has_file(const std::filesystem::path& path) {
  return std::filesystem::symlink_status(path).type() != std::filesystem::file_type::not_found;
}

Json curve_of(const ComparisonRow& row, const std::string& run) {
  Json epochs = Json::array();
  const auto file = row.folder / file_names::history;
  if (has_file(file))
    for (const metrics::EpochReport& report : metrics::read_history(file)) {
      if (report.epoch > row.epochs) break;  // what a pruned run trained beyond its verdict
      Json epoch{{"epoch", report.epoch}};
      for (const auto& [name, value] : report.metrics) epoch[name] = finite_or_null<Json>(value);
      epoch["learning_rate"] = finite_or_null<Json>(report.learning_rate);
      epochs.push_back(std::move(epoch));
    }
  return {{"run", run}, {"epochs", std::move(epochs)}};
}

// The same with every text as printable_lines() shows it.
Json printable_texts(const Json& json) {
  if (json.is_string()) return printable_lines(json.get<std::string>());
  if (!json.is_structured()) return json;
  Json result = json.is_array() ? Json::array() : Json::object();
  for (const auto& [key, value] : json.items())
    if (json.is_array())
      result.push_back(printable_texts(value));
    else
      result[printable(key)] = printable_texts(value);
  return result;
}

// In a script element only "</script" and "<!--" mean anything, and JSON can write < otherwise.
std::string escaped(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace), safe;
  for (const char c : text) safe += c == '<' ? "\\u003c" : std::string(1, c);
  return safe;
}

}  // namespace

std::string to_html(const Comparison& comparison, const Confusion& confusion,
                    const std::map<std::string, std::int64_t>& trainable_parameters) {
  Json data = Json::parse(to_json(comparison));
  for (std::size_t i = 0; i < comparison.rows.size(); ++i)
    data["runs"][i]["name"] = name_of(comparison, comparison.rows[i]);
  data["headings"] = parameter_headings(comparison);
  data["curves"] = Json::array();
  data["configs"] = Json::array();
  for (const ComparisonRow& row : comparison.rows) {
    if (data["configs"].size() == most_curves) break;
    const auto config = row.folder / file_names::run_config;
    if (!has_file(config)) continue;  // not begun
    const std::string name = name_of(comparison, row);
    data["curves"].push_back(curve_of(row, name));
    data["configs"].push_back({{"run", name}, {"text", read_file(config, largest_config, Links::refused)}});
  }
  data["curves_left_out"] = comparison.rows.size() > most_curves ? comparison.rows.size() - most_curves : 0;
  data["trainable_parameters"] = trainable_parameters;
  data["confusion"] = {{"run", confusion.run}, {"reason", confusion.reason}};
  if (!confusion.counts.empty()) data["confusion"]["counts"] = confusion.counts;
  if (!confusion.names.empty()) data["confusion"]["names"] = confusion.names;

  const std::pair<std::string_view, std::string> parts[] = {{"{{style}}", std::string(page::style)},
                                                            {"{{echarts}}", std::string(page::echarts)},
                                                            {"{{script}}", std::string(page::script)},
                                                            {"{{data}}", escaped(printable_texts(data))}};
  // Found in the page before any is put in: what a part holds is not looked at.
  std::string html;
  std::string_view rest = page::frame;
  while (true) {
    const std::size_t begin = rest.find("{{");
    if (begin == std::string_view::npos) return html += rest;
    html += rest.substr(0, begin);
    rest.remove_prefix(begin);
    const auto part =
        std::ranges::find_if(parts, [&](const auto& each) { return rest.starts_with(each.first); });
    html += part->second;
    rest.remove_prefix(part->first.size());
  }
}

}  // namespace cellsweep::report
