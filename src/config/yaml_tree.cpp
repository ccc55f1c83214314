#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "config/yaml_tags.h"

namespace cellsweep::config {
namespace {

constexpr std::size_t deepest = 64;
// Nested anchors are stored repeatedly: at most this many times the file's nodes.
constexpr std::size_t most_repeats = 3;
// How many escapes that yaml-cpp refuses are mended in a file.
constexpr int most_mends = 32;

// Ends the reading; its diagnostic is already reported.
struct Stop {};

SourceLocation location_of(const YAML::Mark& mark) {
  return mark.is_null() ? SourceLocation{} : SourceLocation{mark.line + 1, mark.column + 1, {}};
}

class Builder : public YAML::EventHandler {
 public:
  Builder(Diagnostics& diagnostics, const YamlBounds& bounds) : diagnostics_(diagnostics), bounds_(bounds) {}

  std::optional<YamlNode> root;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root) stop(location_of(mark), "a second document; a configuration is one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    attach(node(NodeKind::null, mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode alias = node(NodeKind::refused, mark);
    const auto named = anchored_.find(anchor);
    if (named == anchored_.end()) {
      diagnostics_.add(alias.location, "an alias (*name) inside of what it names");
      return attach(std::move(alias), 0);
    }
    const Size& size = named->second.size;
    nodes_ += size.nodes;
    bytes_ += size.bytes;
    if (nodes_ > bounds_.nodes || bytes_ > bounds_.bytes)
      stop(alias.location, "the aliases (*name) up to here repeat more than " +
                               std::to_string(bounds_.nodes) + " values or " +
                               std::to_string(bounds_.bytes >> 20) + " MiB of text");
    if (open_.size() + size.depth > deepest) stop(alias.location, "nested more than 64 deep");
    alias = named->second.node;
    // Each value of a map keeps the location where it was written.
    alias.location = location_of(mark);
    attach(std::move(alias), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode scalar = node(NodeKind::scalar, mark);
    scalar.text = value;
    // yaml-cpp gives "?" to what is plain and "!" to what is quoted.
    scalar.quoted = tag == "!";
    if (!tag.empty() && tag != "?" && tag != "!") apply_tag(tag, scalar, diagnostics_);
    attach(std::move(scalar), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(node(NodeKind::sequence, mark), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(node(NodeKind::map, mark), tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // A sequence or map whose end has not come yet.
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    std::optional<YamlNode> key{};                 // of the entry whose value comes next
    std::map<std::string, SourceLocation> seen{};  // keys so far
    std::vector<YamlNode> merges{};                // values of <<
  };
  struct Size {
    std::size_t nodes = 1, bytes = 0, depth = 0;
  };
  struct Anchored {
    YamlNode node;
    Size size;
  };

  [[noreturn]] void stop(const SourceLocation& location, std::string message) {
    diagnostics_.add(location, std::move(message));
    throw Stop{};
  }

  YamlNode node(NodeKind kind, const YAML::Mark& mark) {
    const SourceLocation location = location_of(mark);
    if (++nodes_ > bounds_.nodes) stop(location, "more than " + std::to_string(bounds_.nodes) + " values");
    YamlNode made;
    made.kind = kind;
    made.location = location;
    return made;
  }

  void open(YamlNode container, const std::string& tag, YAML::anchor_t anchor) {
    if (!tag.empty() && tag != "?" && tag != "!") apply_tag(tag, container, diagnostics_);
    if (open_.size() >= deepest) stop(container.location, "nested more than 64 deep");
    open_.push_back({.node = std::move(container), .anchor = anchor});
  }

  void close() {
    merge(open_.back());
    YamlNode whole = std::move(open_.back().node);
    const YAML::anchor_t anchor = open_.back().anchor;
    open_.pop_back();
    attach(std::move(whole), anchor);
  }

  static Size size_of(const YamlNode& node) {
    Size size{.nodes = 1, .bytes = node.text.size(), .depth = 0};
    const auto add = [&](const YamlNode& child) {
      const Size added = size_of(child);
      size.nodes += added.nodes;
      size.bytes += added.bytes;
      size.depth = std::max(size.depth, added.depth + 1);
    };
    for (const YamlNode& item : node.items) add(item);
    for (const YamlEntry& entry : node.entries) {
      add(entry.key);
      add(entry.value);
    }
    return size;
  }

  // Adds what a map has from its << keys: what it has of its own stays, and earlier ones go first.
  void merge(Open& map) {
    const auto add = [&](const YamlNode& from) {
      if (from.kind == NodeKind::refused) return;
      if (from.kind != NodeKind::map)
        return diagnostics_.add(from.location, "a merge key (<<) takes a map, or a list of maps");
      for (const YamlEntry& entry : from.entries)
        if (map.seen.emplace(entry.key.text, entry.key.location).second) map.node.entries.push_back(entry);
    };
    for (const YamlNode& from : map.merges) {
      if (from.kind != NodeKind::sequence) add(from);
      for (const YamlNode& each : from.items) add(each);
    }
  }

  void attach(YamlNode child, YAML::anchor_t anchor) {
    if (anchor != 0) {
      const Size size = size_of(child);
      kept_ += size.nodes;
      if (kept_ > most_repeats * bounds_.nodes)
        stop(child.location, "anchors (&name) inside of anchors, with too much in them");
      anchored_[anchor] = {child, size};
    }
    if (open_.empty()) {
      root = std::move(child);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind != NodeKind::map) {
      parent.node.items.push_back(std::move(child));
    } else if (!parent.key) {
      check_key(parent, child);
      parent.key = std::move(child);
    } else {
      if (parent.key->kind == NodeKind::scalar && is_merge(*parent.key))
        parent.merges.push_back(std::move(child));
      else if (parent.key->kind == NodeKind::scalar)
        parent.node.entries.push_back({std::move(*parent.key), std::move(child)});
      parent.key.reset();
    }
  }

  static bool is_merge(const YamlNode& key) { return key.text == "<<" && !key.quoted; }

  // Reports a key that cannot stand, and marks it so that its entry is dropped.
  void check_key(Open& parent, YamlNode& key) {
    if (key.kind == NodeKind::refused || (key.kind == NodeKind::scalar && is_merge(key))) return;
    std::string message;
    if (key.kind != NodeKind::scalar) {
      message = "a key must be a word";
    } else if (const auto [first, is_new] = parent.seen.emplace(key.text, key.location); !is_new) {
      message =
          "duplicate key " + shown(key.text) + ", first given at line " + std::to_string(first->second.line);
    }
    if (message.empty()) return;
    diagnostics_.add(key.location, message);
    key.kind = NodeKind::refused;
  }

  Diagnostics& diagnostics_;
  const YamlBounds bounds_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  std::size_t nodes_ = 0, bytes_ = 0;  // bytes of aliases
  std::size_t kept_ = 0;               // nodes in anchored_
};

}  // namespace

YamlNode parse_yaml(std::string_view text, Diagnostics& diagnostics, const YamlBounds& bounds) {
  YamlNode refused;
  refused.kind = NodeKind::refused;
  if (!is_readable(text, bounds.bytes, diagnostics)) return refused;
  std::string mended(text);
  for (int mends = 0;; ++mends) {
    std::istringstream stream(mended);
    Diagnostics found = diagnostics;
    Builder builder(found, bounds);
    try {
      YAML::Parser parser(stream);
      while (parser.HandleNextDocument(builder)) {
      }
    } catch (const Stop&) {
      diagnostics = found;
      return refused;
    } catch (const YAML::Exception& error) {
      const bool is_escape = error.msg.starts_with("invalid unicode") && mends < most_mends;
      if (is_escape && mend_surrogates(mended, location_of(error.mark))) continue;
      diagnostics = found;
      report_syntax(text, location_of(error.mark), error.msg, diagnostics);
      return refused;
    }
    diagnostics = found;
    return builder.root ? std::move(*builder.root) : YamlNode{};
  }
}

}  // namespace cellsweep::config
