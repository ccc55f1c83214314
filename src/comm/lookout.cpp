#include "comm/lookout.h"

#include <random>
#include <sstream>
#include <utility>

namespace cellsweep::comm {
namespace {

Token make_token() {
  std::random_device random;
  const auto word = [&] { return std::uint64_t{random()} << 32 | random(); };
  return {word(), word()};
}

}  // namespace

Lookout::Lookout(std::vector<std::string> hosts) : token_(make_token()), roll_call_(0, std::move(hosts)) {
  addresses_.resize(roll_call_.hosts().size());
}

Lookout::Lookout(int rank, std::vector<std::string> hosts, const std::string& contact)
    : roll_call_(rank, std::move(hosts)) {
  std::istringstream text(contact);
  std::uint16_t port = 0;
  text >> token_[0] >> token_[1] >> port;
  for (std::string address; text >> address;) addresses_.push_back(numeric_address(address, port));
}

std::string Lookout::contact() const {
  std::ostringstream text;
  text << token_[0] << ' ' << token_[1] << ' ' << socket_.port();
  for (const std::string& address : own_addresses()) text << ' ' << address;
  return text.str();
}

void Lookout::send(const DatagramSocket::Address& to, int path, bool has_spoken) {
  socket_.send(to_datagram(token_, {roll_call_.rank(), path, has_spoken, mine_}), to);
}

void Lookout::tell_end() {
  for (const DatagramSocket::Address& address : addresses_)
    if (address.sin6_port != 0) send(address, 0, true);
}

void Lookout::tell(const Sighting& mine, double now, double silence_seconds) {
  mine_ = mine;
  roll_call_.saw(roll_call_.rank(), mine, now);
  if (roll_call_.rank() == 0) return;
  if (path_ && now - *roll_call_.last_seen(0) > silence_seconds) path_.reset();
  for (int path = 0; path < static_cast<int>(addresses_.size()); ++path)
    if (path_.value_or(path) == path) send(addresses_[static_cast<std::size_t>(path)], path);
}

void Lookout::listen(double now) {
  const bool is_answering = roll_call_.rank() == 0;
  DatagramSocket::Address from;
  while (const auto datagram = socket_.receive(from)) {
    auto heartbeat = from_datagram(*datagram, token_, static_cast<int>(roll_call_.hosts().size()));
    if (!heartbeat || (heartbeat->rank == 0) == is_answering) continue;
    has_another_spoken_ |= heartbeat->has_spoken;
    roll_call_.saw(heartbeat->rank, std::move(heartbeat->sighting), now);
    if (is_answering)
      send(addresses_[static_cast<std::size_t>(heartbeat->rank)] = from, heartbeat->path);
    else if (heartbeat->path >= 0 && heartbeat->path < static_cast<int>(addresses_.size()))
      path_ = heartbeat->path;
  }
}

std::vector<int> Lookout::unheard() const {
  std::vector<int> ranks;
  const int end = roll_call_.rank() == 0 ? static_cast<int>(roll_call_.hosts().size()) : 1;
  for (int rank = 0; rank < end; ++rank)
    if (!roll_call_.last_seen(rank)) ranks.push_back(rank);
  return ranks;
}

}  // namespace cellsweep::comm
