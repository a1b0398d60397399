#include "collector/window_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <new>

#include "collector/process_stat.h"
#include "collector/window.h"

namespace tbprof::collector {

namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kNameBytes = 64;
constexpr int kMostEntries = 1024;  // looked at when clearing away
constexpr int kBacklog = 8;

std::uint64_t own_namespace() {
  struct stat status {};
  return stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

// "4711-4026531836.window" of this namespace: 4711; 0: another name.
pid_t owner_of(const char* name, std::uint64_t namespace_inode) {
  std::int64_t pid = 0;
  const char* at = name;
  for (; *at >= '0' && *at <= '9' && pid < 100'000'000; ++at) pid = pid * 10 + (*at - '0');
  if (pid == 0) return 0;
  for (const char* suffix : {kWindowPageSuffix, kWindowSocketSuffix}) {
    char expected[kNameBytes];
    format_window_file(expected, sizeof expected, pid, namespace_inode, suffix);
    if (strcmp(expected, name) == 0) return static_cast<pid_t>(pid);
  }
  return 0;
}

}  // namespace

WindowFiles::~WindowFiles() { remove(); }

// Another user may have made a folder of this name: it is used only if it is ours alone. Afterwards
// nobody else can change what lies in it, so paths are safe; a descriptor is not kept, because
// programs close what they do not know.
int WindowFiles::make_folder() {
  char path[64];
  snprintf(path, sizeof path, "%s%llu", kWindowFolderPrefix,
           static_cast<unsigned long long>(geteuid()));
  if (mkdir(path, 0700) != 0 && errno != EEXIST) return errno;
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno;
  struct stat status {};
  const bool is_ours = fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
                       ((status.st_mode & 0777) == 0700 || fchmod(fd, 0700) == 0);
  close(fd);
  if (!is_ours) return EPERM;
  folder_ = path;
  namespace_inode_ = own_namespace();
  clear_away();
  return 0;
}

void WindowFiles::clear_away() const {
  DIR* entries = opendir(folder_.c_str());
  if (entries == nullptr) return;
  for (int seen = 0; seen < kMostEntries; ++seen) {
    const dirent* entry = readdir(entries);
    if (entry == nullptr) break;
    const pid_t owner = owner_of(entry->d_name, namespace_inode_);
    const bool is_stale = owner == getpid() || (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH);
    if (is_stale) unlinkat(dirfd(entries), entry->d_name, 0);
  }
  closedir(entries);
}

int WindowFiles::create_page(bool is_recorded_throughout) {
  if (const int error = make_folder(); error != 0) return error;
  const std::string path = path_of(kWindowPageSuffix);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  // Written as a whole before its magic: who reads it meanwhile takes it for none.
  const int error = ftruncate(fd, kPageBytes) != 0 ? errno : 0;
  void* mapping = error != 0 ? MAP_FAILED
                             : mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapping == MAP_FAILED) {
    unlink(path.c_str());
    return error != 0 ? error : ENOMEM;
  }
  mapping_ = mapping;
  auto* page = new (mapping) WindowPage;
  page->version = kWindowPageVersion;
  page->pid = getpid();
  page->start_time_ticks = read_process_stat(getpid()).start_time_ticks;
  page->is_recorded_throughout = is_recorded_throughout ? 1 : 0;
  set_window_page(page);
  std::uint64_t magic = 0;
  memcpy(&magic, kWindowPageMagic, sizeof magic);
  __atomic_store_n(reinterpret_cast<std::uint64_t*>(page->magic), magic, __ATOMIC_RELEASE);
  return 0;
}

void WindowFiles::set_windowed() {
  if (mapping_ != nullptr) static_cast<WindowPage*>(mapping_)->is_recorded_throughout = 0;
}

std::string WindowFiles::path_of(const char* suffix) const {
  char name[kNameBytes];
  format_window_file(name, sizeof name, getpid(), namespace_inode_, suffix);
  return folder_ + "/" + name;
}

int WindowFiles::create_socket() {
  if (folder_.empty()) {
    errno = ENOENT;
    return -1;
  }
  const std::string path = path_of(kWindowSocketSuffix);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path.c_str(), 0600) != 0 || listen(fd, kBacklog) != 0) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  has_socket_ = true;
  return fd;
}

void WindowFiles::remove() {
  if (mapping_ != nullptr) {
    set_window_page(nullptr);
    static_cast<WindowPage*>(mapping_)->state.store(static_cast<std::uint32_t>(WindowState::ended));
    // Not unmapped: a thread may just be writing the last change into it.
    mapping_ = nullptr;
    unlink(path_of(kWindowPageSuffix).c_str());
  }
  if (has_socket_) unlink(path_of(kWindowSocketSuffix).c_str());
  has_socket_ = false;
  folder_.clear();
}

}  // namespace tbprof::collector
