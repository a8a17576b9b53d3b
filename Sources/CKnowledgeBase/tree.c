// Reading a tree with one getdents64 per 64 KiB of names and one fstatat a file. readdir would do a copy and a call more for
// each name, fts and nftw also a chdir or a path as long as the tree is deep.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CKnowledgeBase.h"

enum { NAMES = 64 << 10 };

// As the kernel writes it.
struct names_entry {
  uint64_t d_ino;
  int64_t d_off;
  unsigned short d_reclen;
  unsigned char d_type;
  char d_name[];
};

static uint64_t mix(uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  return value ^ value >> 32;
}

uint64_t hg_hash(const void *bytes, size_t length) {
  const uint8_t *at = bytes;
  uint64_t hash = 14695981039346656037u ^ length * 0x9e3779b97f4a7c15u;
  for (; length >= 8; at += 8, length -= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    hash = (hash ^ word) * 1099511628211u;
    hash ^= hash >> 29;
  }
  uint64_t rest = 0;
  memcpy(&rest, at, length);
  return mix(hash ^ rest * 0x9e3779b97f4a7c15u);
}

uint64_t hg_digest(uint64_t path_hash, uint64_t signature) { return mix(path_hash ^ mix(signature + 1)); }

static uint64_t signature_of(const struct stat *info) {
  uint64_t parts[4] = {(uint64_t)info->st_size, (uint64_t)info->st_ino,
                       (uint64_t)info->st_mtim.tv_sec * 1000000000u + (uint64_t)info->st_mtim.tv_nsec,
                       (uint64_t)info->st_ctim.tv_sec * 1000000000u + (uint64_t)info->st_ctim.tv_nsec};
  // 0 is what the index stores for a file it must look at again.
  uint64_t hash = hg_hash(parts, sizeof parts);
  return hash ? hash : 1;
}

static int is_markdown(const char *name, size_t length) {
  return (length > 3 && strcasecmp(name + length - 3, ".md") == 0) ||
         (length > 9 && strcasecmp(name + length - 9, ".markdown") == 0);
}

static int grow_paths(hg_tree *tree, size_t need) {
  if (need <= tree->paths_capacity - tree->paths_length) return 0;
  size_t capacity = (tree->paths_capacity + need) * 2 + 4096;
  if (capacity > UINT32_MAX) return ENOMEM;
  char *grown = realloc(tree->paths, capacity);
  if (!grown) return ENOMEM;
  tree->paths = grown, tree->paths_capacity = capacity;
  return 0;
}

static int add_file(hg_tree *tree, const char *directory, size_t directory_length, const char *name,
                    size_t name_length, const struct stat *info, int is_link) {
  size_t need = directory_length + name_length + 1;
  if (tree->count == tree->capacity) {
    int64_t capacity = tree->capacity ? tree->capacity * 2 : 1024;
    hg_file *grown = realloc(tree->files, (size_t)capacity * sizeof *grown);
    if (!grown) return ENOMEM;
    tree->files = grown, tree->capacity = capacity;
  }
  if (grow_paths(tree, need) != 0) return ENOMEM;
  char *path = tree->paths + tree->paths_length;
  memcpy(path, directory, directory_length);
  memcpy(path + directory_length, name, name_length + 1);
  int64_t modified = info->st_ctim.tv_sec * 1000000000LL + info->st_ctim.tv_nsec;
  tree->files[tree->count++] = (hg_file){
      .path_hash = hg_hash(path, need - 1), .signature = signature_of(info), .changed_ns = modified,
      .size = info->st_size, .inode = info->st_ino, .device = info->st_dev, .path = (uint32_t)tree->paths_length,
      .path_length = (uint32_t)need - 1, .is_link = is_link};
  tree->paths_length += need;
  return 0;
}

// Remembers what could not be looked at: what was known of it before still counts. A directory's path ends with a slash, that
// of the root is empty.
static int add_unreadable(hg_tree *tree, const char *directory, size_t directory_length, const char *name, int error) {
  size_t name_length = strlen(name), need = directory_length + name_length + 1;
  if (tree->unreadable_count == tree->unreadable_capacity) {
    int64_t capacity = tree->unreadable_capacity ? tree->unreadable_capacity * 2 : 16;
    hg_unreadable *grown = realloc(tree->unreadable, (size_t)capacity * sizeof *grown);
    if (!grown) return ENOMEM;
    tree->unreadable = grown, tree->unreadable_capacity = capacity;
  }
  if (grow_paths(tree, need) != 0) return ENOMEM;
  char *path = tree->paths + tree->paths_length;
  memcpy(path, directory, directory_length);
  memcpy(path + directory_length, name, name_length + 1);
  tree->unreadable[tree->unreadable_count++] =
      (hg_unreadable){(uint32_t)tree->paths_length, (uint32_t)need - 1, error};
  tree->paths_length += need;
  return 0;
}

// Whether a failure says that there is nothing, and not that it could not be seen.
static int is_absent(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

static int read_directory(int descriptor, const char *path, size_t path_length, int depth, hg_tree *tree);

static int read_entry(int parent, const char *directory, size_t directory_length, const struct names_entry *entry,
                      int depth, hg_tree *tree) {
  const char *name = entry->d_name;
  size_t length = strlen(name);
  int type = entry->d_type, is_link = type == DT_LNK;
  struct stat info;
  if (name[0] == '.') return 0;
  int markdown = is_markdown(name, length);
  if (type == DT_UNKNOWN) {
    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return is_absent(errno) ? 0 : add_unreadable(tree, directory, directory_length, name, errno);
    }
    is_link = S_ISLNK(info.st_mode);
    type = S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : is_link ? DT_LNK : DT_FIFO;
  }
  if (type == DT_DIR) {
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    char path[directory_length + length + 2];
    memcpy(path, directory, directory_length);
    memcpy(path + directory_length, name, length);
    path[directory_length + length] = '/';
    if (descriptor < 0) return is_absent(errno) ? 0 : add_unreadable(tree, path, directory_length + length + 1, "", errno);
    int rc = read_directory(descriptor, path, directory_length + length + 1, depth + 1, tree);
    close(descriptor);
    return rc;
  }
  // A device or a named pipe would block its reader.
  if (!markdown || (type != DT_REG && type != DT_LNK)) return 0;
  if (fstatat(parent, name, &info, 0) != 0) {
    return is_absent(errno) ? 0 : add_unreadable(tree, directory, directory_length, name, errno);
  }
  if (!S_ISREG(info.st_mode)) return 0;
  return add_file(tree, directory, directory_length, name, length, &info, is_link);
}

static int read_directory(int descriptor, const char *path, size_t path_length, int depth, hg_tree *tree) {
  // Each level holds a descriptor and a buffer; a tree this deep is a mistake or an attack.
  if (depth > 128) return add_unreadable(tree, path, path_length, "", ELOOP);
  char *names = malloc(NAMES);
  if (!names) return ENOMEM;
  int rc = 0;
  while (rc == 0) {
    long count = syscall(SYS_getdents64, descriptor, names, NAMES);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) rc = add_unreadable(tree, path, path_length, "", errno);
    if (count <= 0) break;
    for (long at = 0; at < count && rc == 0;) {
      const struct names_entry *entry = (const struct names_entry *)(names + at);
      rc = read_entry(descriptor, path, path_length, entry, depth, tree);
      at += entry->d_reclen;
    }
  }
  free(names);
  return rc;
}

int hg_tree_read(int root, hg_tree *tree) {
  memset(tree, 0, sizeof *tree);
  if (lseek(root, 0, SEEK_SET) < 0) return errno;
  return read_directory(root, "", 0, 0, tree);
}

void hg_tree_free(hg_tree *tree) {
  free(tree->files);
  free(tree->paths);
  free(tree->unreadable);
  memset(tree, 0, sizeof *tree);
}
