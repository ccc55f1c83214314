#include "comm/watchdog/peer_monitor.h"

#include <random>
#include <sstream>
#include <utility>

namespace cellsweep::comm {
namespace {

// At most so many are looked at in a call, whoever sent them.
constexpr int datagrams_of_others = 64, datagrams_of_a_rank = 16;

SipHashKey make_key() {
  std::random_device random;
  const auto word = [&] { return std::uint64_t{random()} << 32 | random(); };
  return {word(), word()};
}

}  // namespace

PeerMonitor::PeerMonitor(std::vector<std::string> hosts, Reach reach)
    : socket_(reach), reach_(reach), key_(make_key()), rank_status_table_(0, std::move(hosts)) {
  addresses_.resize(rank_status_table_.hosts().size());
  last_numbers_.resize(rank_status_table_.hosts().size());
}

PeerMonitor::PeerMonitor(int rank, std::vector<std::string> hosts, Reach reach, const std::string& contact)
    : socket_(reach), reach_(reach), rank_status_table_(rank, std::move(hosts)) {
  last_numbers_.resize(rank_status_table_.hosts().size());
  std::istringstream text(contact);
  std::uint16_t port = 0;
  text >> key_[0] >> key_[1] >> port;
  for (std::string address; text >> address;) addresses_.push_back(numeric_address(address, port));
}

std::string PeerMonitor::contact() const {
  std::ostringstream text;
  text << key_[0] << ' ' << key_[1] << ' ' << socket_.port();
  if (reach_ == Reach::host) return text.str() + " 127.0.0.1";
  for (const std::string& address : own_addresses()) text << ' ' << address;
  return text.str();
}

void PeerMonitor::send(const DatagramSocket::Address& address, int to, int path, bool ends_job) {
  socket_.send(to_datagram(key_, {rank_status_table_.rank(), to, ++sent_, path, ends_job, mine_}), address);
}

void PeerMonitor::report_end() {
  for (std::size_t place = 0; place < addresses_.size(); ++place)
    if (addresses_[place].sin6_port != 0)
      send(addresses_[place], rank_status_table_.rank() == 0 ? static_cast<int>(place) : 0, 0, true);
}

void PeerMonitor::report(const RankStatus& mine, double now, double silence_seconds) {
  mine_ = mine;
  rank_status_table_.update(rank_status_table_.rank(), mine, now);
  if (rank_status_table_.rank() == 0) return;
  if (path_ && now - *rank_status_table_.last_seen(0) > silence_seconds) path_.reset();
  for (int path = 0; path < static_cast<int>(addresses_.size()); ++path)
    if (path_.value_or(path) == path) send(addresses_[path], 0, path);
}

void PeerMonitor::receive(double now) {
  const auto ranks = static_cast<int>(rank_status_table_.hosts().size());
  DatagramSocket::Address from;
  for (int taken = 0; taken < datagrams_of_others + datagrams_of_a_rank * ranks; ++taken) {
    const auto datagram = socket_.receive(from);
    if (!datagram) return;
    if (auto heartbeat = from_datagram(*datagram, key_, ranks)) take(std::move(*heartbeat), from, now);
  }
}

void PeerMonitor::take(Heartbeat heartbeat, const DatagramSocket::Address& from, double now) {
  const bool is_answering = rank_status_table_.rank() == 0;
  const std::size_t sender = heartbeat.rank;
  if ((heartbeat.rank == 0) == is_answering || heartbeat.to != rank_status_table_.rank()) return;
  if (heartbeat.number <= last_numbers_[sender]) return;  // sent again, by whoever has seen it
  last_numbers_[sender] = heartbeat.number;
  is_job_ending_ |= heartbeat.ends_job;
  rank_status_table_.update(heartbeat.rank, std::move(heartbeat.status), now);
  if (is_answering)
    send(addresses_[sender] = from, heartbeat.rank, heartbeat.path);
  else if (heartbeat.path >= 0 && heartbeat.path < static_cast<int>(addresses_.size()))
    path_ = heartbeat.path;
}

}  // namespace cellsweep::comm
