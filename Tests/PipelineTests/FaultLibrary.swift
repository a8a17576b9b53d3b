import TestSupport
import Testing

/// A library that makes system calls on some paths fail, for LD_PRELOAD: what a bad disk, a full one, a folder that may not be
/// written or another user's file do, without needing any of them.
///
/// `FAULT_CALL` names the calls (`open`, `read`, `write`, `stat`, `list`, `create`), `FAULT_PATH` is a part of the paths,
/// `FAULT_ERRNO` the error; with `FAULT_ONCE`, the name of a file, it happens once in all processes.
enum FaultLibrary {
  static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <stdarg.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/stat.h>
    #include <sys/syscall.h>
    #include <unistd.h>

    static int fails(const char *call, const char *path) {
      const char *calls = getenv("FAULT_CALL"), *part = getenv("FAULT_PATH"), *once = getenv("FAULT_ONCE");
      if (!calls || !part || !path || !strstr(calls, call) || !strstr(path, part)) return 0;
      if (once) {
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
        int descriptor = real(once, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (descriptor < 0) return 0;
        close(descriptor);
      }
      errno = atoi(getenv("FAULT_ERRNO"));
      return 1;
    }

    static const char *path_of(int descriptor) {
      static char path[4096];
      char link[64];
      snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
      ssize_t length = readlink(link, path, sizeof path - 1);
      path[length < 0 ? 0 : length] = 0;
      return path;
    }

    /* The whole path: a name relative to a descriptor says less than what the test names. */
    static const char *whole(int directory, const char *name) {
      static char path[8192];
      if (!name || name[0] == '/' || directory == AT_FDCWD) return name;
      snprintf(path, sizeof path, "%s/%s", path_of(directory), name);
      return path;
    }

    #define OPEN(NAME) \\
      int NAME(const char *path, int flags, ...) { \\
        va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \\
        if (fails("open", path) || ((flags & O_CREAT) && fails("create", path))) return -1; \\
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #NAME); \\
        return real(path, flags, mode); \\
      }
    OPEN(open)
    OPEN(open64)
    #define OPENAT(NAME) \\
      int NAME(int directory, const char *path, int flags, ...) { \\
        va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \\
        const char *all = whole(directory, path); \\
        if (fails("open", all) || ((flags & O_CREAT) && fails("create", all))) return -1; \\
        int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, #NAME); \\
        return real(directory, path, flags, mode); \\
      }
    OPENAT(openat)
    OPENAT(openat64)

    ssize_t read(int descriptor, void *buffer, size_t length) {
      if (fails("read", path_of(descriptor))) return -1;
      ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
      return real(descriptor, buffer, length);
    }
    #define WRITE(NAME, ...) \\
      ssize_t NAME(int descriptor, const void *buffer, size_t length, off_t at) { \\
        if (fails("write", path_of(descriptor))) return -1; \\
        ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, #NAME); \\
        return real(descriptor, buffer, length, at); \\
      }
    WRITE(pwrite)
    WRITE(pwrite64)
    ssize_t write(int descriptor, const void *buffer, size_t length) {
      if (fails("write", path_of(descriptor))) return -1;
      ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
      return real(descriptor, buffer, length);
    }
    int ftruncate64(int descriptor, off_t length) {
      if (fails("write", path_of(descriptor))) return -1;
      int (*real)(int, off_t) = dlsym(RTLD_NEXT, "ftruncate64");
      return real(descriptor, length);
    }
    int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }
    int fstatat(int directory, const char *path, struct stat *info, int flags) {
      if (fails("stat", whole(directory, path))) return -1;
      int (*real)(int, const char *, struct stat *, int) = dlsym(RTLD_NEXT, "fstatat");
      return real(directory, path, info, flags);
    }
    int fstatat64(int directory, const char *path, struct stat64 *info, int flags) {
      return fstatat(directory, path, (struct stat *)info, flags);
    }
    int mkdir(const char *path, mode_t mode) {
      if (fails("create", path)) return -1;
      int (*real)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
      return real(path, mode);
    }
    int access(const char *path, int mode) {
      if ((mode & W_OK) && fails("create", path)) return -1;
      int (*real)(const char *, int) = dlsym(RTLD_NEXT, "access");
      return real(path, mode);
    }
    long syscall(long number, ...) {
      va_list rest; va_start(rest, number);
      long a[6];
      for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
      va_end(rest);
      if (number == SYS_getdents64 && fails("list", path_of((int)a[0]))) return -1;
      long (*real)(long, ...) = dlsym(RTLD_NEXT, "syscall");
      return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    """

  /// The library for a test, built in its folder.
  static func build(in folder: TestFolder) throws {
    try folder.write("fault.c", text: source)
    let built = try folder.run("cc", ["-shared", "-fPIC", "-O1", "-w", "-o", "fault.so", "fault.c", "-ldl"])
    try #require(built.status == 0, "\(built)")
  }

  /// The environment that makes calls fail.
  static func environment(_ folder: TestFolder, _ call: String, on path: String, _ errno: Int32, once: Bool = false)
    -> [String: String]
  {
    var environment = [
      "LD_PRELOAD": folder.file("fault.so"), "FAULT_CALL": call, "FAULT_PATH": path, "FAULT_ERRNO": "\(errno)",
    ]
    if once { environment["FAULT_ONCE"] = folder.file("happened") }
    return environment
  }
}
