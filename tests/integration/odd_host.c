// For LD_PRELOAD, on one of several hosts: by ODD_HOST, its clock is ahead by five seconds ("clock"), its MPI
// is another ("mpi"), what it renames is first seen in halves ("rename"), its ranks leave late ("late"), or its
// clock is set back by an hour when a process has run for three seconds ("set_back").
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int is_odd(const char* in) {
  const char* what = getenv("ODD_HOST");
  return what != NULL && strcmp(what, in) == 0;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  int (*const real)(clockid_t, struct timespec*) =
      (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real(clock, time);
  if (clock != CLOCK_REALTIME) return result;
  if (is_odd("clock")) time->tv_sec += 5;
  if (is_odd("set_back")) {
    static time_t begin = 0;
    struct timespec now;
    real(CLOCK_MONOTONIC, &now);
    if (begin == 0) begin = now.tv_sec;
    if (now.tv_sec - begin >= 3) time->tv_sec -= 3600;
  }
  return result;
}

int MPI_Get_library_version(char* version, int* length) {
  int (*const real)(char*, int*) = (int (*)(char*, int*))dlsym(RTLD_NEXT, "MPI_Get_library_version");
  if (!is_odd("mpi")) return real(version, length);
  *length = sprintf(version, "Another MPI");
  return 0;
}

int MPI_Finalize(void) {
  int (*const real)(void) = (int (*)(void))dlsym(RTLD_NEXT, "MPI_Finalize");
  const int result = real();
  if (is_odd("late")) sleep(1);
  return result;
}

int rename(const char* from, const char* to) {
  int (*const real)(const char*, const char*) = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename");
  if (is_odd("rename")) {
    FILE* half = fopen(to, "w");
    if (half != NULL) {
      fputs("half of it", half);
      fclose(half);
    }
    usleep(300000);
  }
  return real(from, to);
}
