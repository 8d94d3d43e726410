/* Calls of the disk that hang, for LD_PRELOAD: each waits as long as the file that EVERAI_HANG names has its name in it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int hangs(const char *call) {
  char text[256] = "";
  const char *path = getenv("EVERAI_HANG");
  const int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) : -1;
  if (fd < 0) {
    return 0;
  }
  if (syscall(SYS_read, fd, text, sizeof text - 1) < 0) {
    text[0] = 0;
  }
  syscall(SYS_close, fd);
  return strstr(text, call) != NULL;
}

static void wait_for_disk(const char *call) {
  while (hangs(call)) {
    usleep(10000);
  }
}

int fsync(int fd) {
  wait_for_disk("fsync");
  return (int)syscall(SYS_fsync, fd);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  wait_for_disk("renameat");
  return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

ssize_t write(int fd, const void *data, size_t size) {
  if (fd > STDERR_FILENO && size > 100) {
    wait_for_disk("write");
  }
  return syscall(SYS_write, fd, data, size);
}

int openat(int folder, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;
  va_end(rest);
  wait_for_disk("openat");
  return (int)syscall(SYS_openat, folder, path, flags, mode);
}
