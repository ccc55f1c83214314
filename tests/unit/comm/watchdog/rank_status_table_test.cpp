#include "comm/watchdog/rank_status_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/comm/watchdog/rank_statuses.h"

namespace cellsweep::comm {
namespace {

TEST(RankStatusTable, NamesEachKindOfMissingRank) {
  RankStatusTable rank_status_table(0, {"a", "a", "b", "b", "c"});
  rank_status_table.update(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  rank_status_table.update(1, after(in("MPI_Barrier", 8, 7)), 100);  // computes
  rank_status_table.update(2, in("MPI_Bcast", 8), 90);               // silent
  rank_status_table.update(3, in("MPI_Allreduce", 9, 3), 100);       // elsewhere
  EXPECT_EQ(
      rank_status_table.hang_report(0, 100, silence),
      "rank 0 of 5 on a: MPI_Bcast (operation 9 of ranks 0-3) has waited 10.0 s for other ranks, longer "
      "than parallel.timeout_seconds permits; ending this job\n"
      "  missing: rank 2 on b, which has reported nothing for 10.0 s, last seen in MPI_Bcast (operation 8)\n"
      "  missing: rank 1 on a, which has been computing for 7.0 s since MPI_Barrier (operation 8)\n"
      "  missing: rank 3 on b, which has been for 3.0 s in MPI_Allreduce (operation 9)");
}

TEST(RankStatusTable, GathersAlikeRanksInALine) {
  RankStatusTable rank_status_table(0, std::vector<std::string>(64, "host"));
  RankStatus wait = overdue(in("MPI_Bcast", 9, 10));
  wait.members.clear();
  rank_status_table.update(0, wait, 100);
  for (int rank = 10; rank < 20; ++rank) rank_status_table.update(rank, after(in("MPI_Bcast", 8, rank)), 100);
  for (int rank = 20; rank < 64; ++rank) rank_status_table.update(rank, in("MPI_Bcast", 9), 100);
  const std::string report = rank_status_table.hang_report(0, 100, silence);
  EXPECT_TRUE(report.ends_with(
      "\n  missing: ranks 1-9 on host, which has never reported"
      "\n  missing: ranks 10-19 on host, which has been computing for 19.0 s since MPI_Bcast (operation 8)"))
      << report;
}

TEST(RankStatusTable, RanksThatHaveMovedOnAreReportedOnlyIfNobodyIsMissing) {
  RankStatusTable rank_status_table(0, {"a", "b", "c", "d"});
  rank_status_table.update(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  rank_status_table.update(1, in("MPI_Barrier", 10), 100);
  rank_status_table.update(2, after(in("MPI_Bcast", 9)), 100);
  rank_status_table.update(3, in("MPI_Bcast", 9), 100);
  EXPECT_TRUE(rank_status_table.hang_report(0, 100, silence)
                  .ends_with("\n  ahead: rank 1 on b, already past it, in MPI_Barrier (operation 10)"
                             "\n  ahead: rank 2 on c, which has left it"));
  rank_status_table.update(2, in("MPI_Bcast", 9), 90);
  EXPECT_EQ(rank_status_table.hang_report(0, 100, silence).find("ahead"), std::string::npos);
}

TEST(RankStatusTable, SaysIfNobodyIsMissing) {
  RankStatusTable rank_status_table(0, {"a", "b"});
  rank_status_table.update(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  rank_status_table.update(1, in("MPI_Bcast", 9), 100);
  EXPECT_TRUE(rank_status_table.hang_report(0, 100, silence)
                  .ends_with("so look at the network, and on each host at the room in /dev/shm, "
                             "where its ranks share memory"));
}

TEST(RankStatusTable, OtherRanksReportRank0) {
  RankStatusTable rank_status_table(2, {"a", "a", "b", "b"});
  rank_status_table.update(2, overdue(in("MPI_Bcast", 9, 10)), 100);
  rank_status_table.update(0, after(in("MPI_Bcast", 7)), 90);
  EXPECT_EQ(rank_status_table.overdue(), 2);
  const std::string report = rank_status_table.hang_report(2, 100, silence);
  EXPECT_TRUE(
      report.ends_with("\n  missing: rank 0 on a, which has reported nothing for 10.0 s, last seen in "
                       "MPI_Bcast (operation 7)"))
      << report;
}

TEST(RankStatusTable, OneRankAfterTheOtherReports) {
  std::vector<double> delays;
  for (int rank = 0; rank < 5; ++rank)
    delays.push_back(RankStatusTable(rank, {"a", "a", "a", "b", "b"}).seconds_before_reporting());
  EXPECT_EQ(delays, (std::vector<double>{0, 0.5, 3.5, 2, 3.5}));
}

TEST(RankStatusTable, Rank0KnowsEveryOverdueRank) {
  RankStatusTable rank_status_table(0, {"a", "a", "b"});
  EXPECT_EQ(rank_status_table.overdue(), std::nullopt);
  rank_status_table.update(1, in("MPI_Bcast", 9, 1000), 100);
  EXPECT_EQ(rank_status_table.overdue(), std::nullopt);  // its own watchdog decides
  rank_status_table.update(2, overdue(in("MPI_Bcast", 9, 10)), 100);
  EXPECT_EQ(rank_status_table.overdue(), 2);
  rank_status_table.update(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  EXPECT_EQ(rank_status_table.overdue(), 0);
}

}  // namespace
}  // namespace cellsweep::comm
