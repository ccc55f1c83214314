#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

namespace cellsweep::config {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t deepest = 64;

// Ends the reading; its problem is already reported.
struct Stop {};

Place place_of(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1, {}};
}

class Builder : public YAML::EventHandler {
 public:
  Builder(Problems& problems, std::size_t most_nodes) : problems_(problems), most_nodes_(most_nodes) {}

  std::optional<YamlNode> root;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root) stop(place_of(mark), "a second document; a configuration is one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    attach(node(Kind::null, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    YamlNode alias = node(Kind::refused, mark, "", 0);
    problems_.add(alias.place, "aliases (*name) are not permitted; write the value out");
    attach(std::move(alias));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode scalar = node(Kind::scalar, mark, tag, anchor);
    scalar.text = value;
    scalar.quoted = tag == "!";
    attach(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(node(Kind::sequence, mark, tag, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(node(Kind::map, mark, tag, anchor));
  }
  void OnMapEnd() override { close(); }

 private:
  // A sequence or map whose end has not come yet.
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;          // of the entry whose value comes next
    std::map<std::string, Place> seen{};  // keys so far
  };

  [[noreturn]] void stop(const Place& place, std::string message) {
    problems_.add(place, std::move(message));
    throw Stop{};
  }

  YamlNode node(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const Place place = place_of(mark);
    if (++nodes_ > most_nodes_) stop(place, "more than " + std::to_string(most_nodes_) + " values");
    if (anchor != 0)
      problems_.add(place, "anchors (&name) are not permitted; write the value out where it is needed");
    // yaml-cpp gives "?" to what is plain and "!" to what is quoted.
    if (!tag.empty() && tag != "?" && tag != "!")
      problems_.add(place, "tags (" + shown(tag) + ") are not permitted; leave it out");
    YamlNode made;
    made.kind = kind;
    made.place = place;
    return made;
  }

  void open(YamlNode container) {
    if (open_.size() >= deepest) stop(container.place, "nested more than 64 deep");
    open_.push_back({std::move(container), std::nullopt});
  }

  void close() {
    YamlNode whole = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(whole));
  }

  void attach(YamlNode child) {
    if (open_.empty()) {
      root = std::move(child);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Kind::sequence) {
      parent.node.items.push_back(std::move(child));
    } else if (!parent.key) {
      check_key(parent, child);
      parent.key = std::move(child);
    } else {
      if (parent.key->kind == Kind::scalar)
        parent.node.entries.push_back({std::move(*parent.key), std::move(child)});
      parent.key.reset();
    }
  }

  // Reports a key that cannot stand, and marks it so that its entry is dropped.
  void check_key(Open& parent, YamlNode& key) {
    if (key.kind == Kind::refused) return;
    std::string message;
    if (key.kind != Kind::scalar) {
      message = "a key must be a word";
    } else if (key.text == "<<" && !key.quoted) {
      message = "merge keys (<<) are not permitted; write the keys out";
    } else if (const auto [first, is_new] = parent.seen.emplace(key.text, key.place); !is_new) {
      message =
          "duplicate key " + shown(key.text) + ", first given at line " + std::to_string(first->second.line);
    }
    if (message.empty()) return;
    problems_.add(key.place, message);
    key.kind = Kind::refused;
  }

  Problems& problems_;
  const std::size_t most_nodes_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};

// yaml-cpp takes some control characters for the end of the file, so they are refused up front.
bool is_readable(std::string_view text, Problems& problems, std::size_t largest) {
  if (text.size() > largest) {
    problems.add({}, "larger than " + std::to_string(largest >> 20) + " MiB, which no configuration is");
    return false;
  }
  Place place{1, 1, {}};
  for (std::size_t end, begin = 0; begin < text.size(); begin = end + 1, ++place.line) {
    end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const auto control = std::find_if(line.begin(), line.end(), [](unsigned char c) {
      return (c < ' ' && c != '\t' && c != '\r') || c == 0x7f;
    });
    if (!is_text(line) || control != line.end()) {
      problems.add({place.line, static_cast<int>(control == line.end() ? 0 : control - line.begin()) + 1, {}},
                   "not UTF-8 text");
      return false;
    }
  }
  return true;
}

}  // namespace

YamlNode parse_yaml(std::string_view text, Problems& problems, const YamlBounds& bounds) {
  YamlNode refused;
  refused.kind = Kind::refused;
  if (!is_readable(text, problems, bounds.bytes)) return refused;
  std::istringstream stream{std::string(text)};
  Builder builder(problems, bounds.nodes);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return refused;
  } catch (const YAML::Exception& error) {
    problems.add(place_of(error.mark), "not YAML: " + error.msg);
    return refused;
  }
  return builder.root ? std::move(*builder.root) : YamlNode{};
}

}  // namespace cellsweep::config
