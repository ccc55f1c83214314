#include "comm/gather_texts.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace cellsweep::comm {

// all_gather() wants the same size of all: each length is sent, and texts are filled up to the longest.
std::vector<std::string> gather_texts(Communicator& group, const std::string& mine) {
  const std::size_t ranks = group.size();
  const std::uint64_t length = mine.size();
  std::vector<std::uint64_t> lengths(ranks);
  group.all_gather(std::as_bytes(std::span(&length, 1)), std::as_writable_bytes(std::span(lengths)));
  const std::size_t longest = *std::ranges::max_element(lengths);
  std::string padded = mine;
  padded.resize(longest);
  std::string all(longest * ranks, '\0');
  group.all_gather(std::as_bytes(std::span(padded)), std::as_writable_bytes(std::span(all)));
  std::vector<std::string> texts;
  for (std::size_t rank = 0; rank < ranks; ++rank) texts.push_back(all.substr(rank * longest, lengths[rank]));
  return texts;
}

}  // namespace cellsweep::comm
