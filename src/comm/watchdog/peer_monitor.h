// How a rank's watchdog looks at other ranks: each reports to rank 0 what it does, and rank 0 answers with
// what it does itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "comm/watchdog/datagram_socket.h"
#include "comm/watchdog/heartbeat.h"
#include "comm/watchdog/rank_status_table.h"

namespace cellsweep::comm {

// Over UDP, one socket a rank however many there are. Nothing here waits, and a network that lets nothing
// through costs only the knowledge of others. What was not sent by a rank of this job, to this rank, or was
// sent before what this one knows of the sender, is not taken. One thread at a time. Times as in
// RankStatusTable.
class PeerMonitor {
 public:
  using Reach = DatagramSocket::Reach;

  // Rank 0's. `hosts` of all ranks. `reach`: the same on all ranks, host if all are on one. Throws Error
  // if there is no socket to be had, as does the other one.
  PeerMonitor(std::vector<std::string> hosts, Reach reach);
  // Another rank's; `contact` is the text of rank 0's.
  PeerMonitor(int rank, std::vector<std::string> hosts, Reach reach, const std::string& contact);

  // How rank 0 is reached, and the key of this job, which no datagram holds.
  std::string contact() const;
  // Readable when something has arrived.
  int descriptor() const { return socket_.descriptor(); }
  const RankStatusTable& rank_status_table() const { return rank_status_table_; }

  // Sets what this rank does. Ranks other than 0 send it to rank 0, to each of its addresses until one has
  // answered, and again once rank 0 has been silent for `silence_seconds`.
  void report(const RankStatus& mine, double now, double silence_seconds);
  // Takes what has arrived, though no more than the ranks may well have sent: what comes faster stays for the
  // next call, or is lost.
  void receive(double now);
  // Sends that this rank ends the job, so that others need not report it: rank 0 to all ranks that it knows
  // of, others to rank 0.
  void report_end();
  // Whether another rank has sent that.
  bool is_job_ending() const { return is_job_ending_; }

 private:
  void send(const DatagramSocket::Address& address, int to, int path, bool ends_job = false);
  void take(Heartbeat heartbeat, const DatagramSocket::Address& from, double now);

  DatagramSocket socket_;
  Reach reach_;
  SipHashKey key_;
  RankStatusTable rank_status_table_;
  std::uint64_t sent_ = 0;                   // datagrams
  std::vector<std::uint64_t> last_numbers_;  // of what was taken, by its sender
  RankStatus mine_;
  std::vector<DatagramSocket::Address>
      addresses_;            // of rank 0; on rank 0 itself, those of the ranks that have reported
  std::optional<int> path_;  // the one that answered
  bool is_job_ending_ = false;
};

}  // namespace cellsweep::comm
