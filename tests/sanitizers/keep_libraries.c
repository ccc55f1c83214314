// Part of each program that has a sanitizer. Open MPI unloads its plugins before the sanitizer names what they have kept: only
// while they are loaded does it know them by name, which lsan.supp and tsan.supp go by.
int dlclose(void* library);

int dlclose(void* library) {
  (void)library;
  return 0;
}
