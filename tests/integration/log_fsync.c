// For LD_PRELOAD: adds the path of each file and folder that is flushed to the disk to the file FSYNC_LOG.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int fsync(int descriptor) {
  int (*const real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  const char* log = getenv("FSYNC_LOG");
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  FILE* file = log == NULL || length < 0 ? NULL : fopen(log, "a");
  if (file != NULL) {
    path[length] = '\0';
    fprintf(file, "%s\n", path);
    fclose(file);
  }
  return real(descriptor);
}
