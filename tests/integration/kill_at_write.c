// For LD_PRELOAD: ends the process with SIGKILL at its KILL_AT_WRITE-th change of a file below KILL_BELOW, in
// the middle of a write, or just before a flush to the disk or a renaming.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_watched(const char* path) {
  const char* below = getenv("KILL_BELOW");
  return below != NULL && strncmp(path, below, strlen(below)) == 0;
}

static int is_watched_file(int descriptor) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return is_watched(path);
}

static int is_the_one(void) {
  static int count = 0;
  const char* at = getenv("KILL_AT_WRITE");
  return at != NULL && ++count == atoi(at);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  ssize_t (*const real)(int, const void*, size_t) =
      (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  if (is_watched_file(descriptor) && is_the_one()) {
    real(descriptor, bytes, size / 2);
    raise(SIGKILL);
  }
  return real(descriptor, bytes, size);
}

int fsync(int descriptor) {
  int (*const real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  if (is_watched_file(descriptor) && is_the_one()) raise(SIGKILL);
  return real(descriptor);
}

int rename(const char* from, const char* to) {
  int (*const real)(const char*, const char*) = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename");
  if (is_watched(to) && is_the_one()) raise(SIGKILL);
  return real(from, to);
}
