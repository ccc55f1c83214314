// Ways in which a rank leaves the others alone. Each has to end the whole job soon, with a code other than 0.
#include <array>
#include <chrono>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "comm/mpi/mpi_session.h"

namespace {

void break_job(const std::string& way, cellsweep::comm::MpiSession& session) {
  session.set_timeout(1);
  const bool broken = session.world().rank() == 1;
  if (way == "differ_checked") session.check_collectives();
  if (broken && way.starts_with("differ")) {
    const std::array<std::byte, 8> mine = {};
    std::vector<std::byte> all(mine.size() * session.world().size());
    session.world().all_gather(mine, all);
  }
  if (broken && way == "sleep") std::this_thread::sleep_for(std::chrono::minutes(2));
  if (broken && way == "abort") session.abort(77);
  if (broken && way == "leave") throw std::runtime_error("rank 1 leaves");
  if (way == "leave") session.set_timeout(100);
  session.world().barrier();
  if (way == "reduce") {  // in shared memory, if MPI cannot see that a rank is gone
    float value = 1;
    session.world().all_reduce(std::span(&value, 1));
    if (broken) std::this_thread::sleep_for(std::chrono::minutes(2));
    session.world().all_reduce(std::span(&value, 1));
  }
  if (broken && way == "finalize") std::this_thread::sleep_for(std::chrono::minutes(2));
}

}  // namespace

int main(int, char** argv) {
  try {
    cellsweep::comm::MpiSession session;
    break_job(argv[1], session);
    return 0;
  } catch (const cellsweep::UserError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(cellsweep::ExitCode::bad_input);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(cellsweep::ExitCode::failure);
  }
}
