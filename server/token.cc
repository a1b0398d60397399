#include "server/token.h"

#include <crypt.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "server/ascii.h"
#include "server/fingerprint.h"

namespace tbprof::server {

namespace {

constexpr std::size_t kTokenBytes = 24;

proto::Error failure(const std::string& path, const std::string& what) {
  return {proto::ErrorCode::unavailable, "The token file " + path + " " + what};
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

proto::Result<> make_folder(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path path(folder);
  std::filesystem::create_directories(path.parent_path(), error);
  if (error || (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)) {
    const std::string reason = error ? error.message() : std::strerror(errno);
    return failure(folder + "/token", "cannot be made: " + reason +
                                          ". Set XDG_STATE_HOME to a folder that you can write.");
  }
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return failure(folder + "/token", "cannot be made: its folder is not a folder.");
  }
  if (status.st_uid != ::geteuid() || (status.st_mode & 022) != 0) {
    return failure(folder + "/token",
                   "is not safe: others may write to its folder; run 'chmod 700 " + folder + "'.");
  }
  return proto::success();
}

proto::Result<std::string> new_token() {
  unsigned char bytes[kTokenBytes];
  if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) {
    return proto::Error{proto::ErrorCode::unavailable, "The system gave no random bytes."};
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) {
    token.push_back(kHex[byte >> 4]);
    token.push_back(kHex[byte & 15]);
  }
  return token;
}

// Written under a name of its own and then linked, so that nobody ever reads half a token and the
// first of two servers wins.
proto::Result<> create_token_file(const std::string& path) {
  const std::string token = TBPROF_TRY(new_token());
  // A name that no server of another machine with the same home folder has.
  const std::string draft = path + "." + TBPROF_TRY(new_token());
  const Descriptor file(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  const std::string line = token + "\n";
  const bool is_written = file.get() >= 0 && ::write(file.get(), line.data(), line.size()) ==
                                                 static_cast<ssize_t>(line.size());
  int linked = is_written ? ::link(draft.c_str(), path.c_str()) : -1;
  // Not every file system has links to files.
  if (is_written && linked != 0 && errno != EEXIST) {
    linked = ::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
  }
  const int reason = errno;
  ::unlink(draft.c_str());
  if (linked != 0 && reason != EEXIST) {
    return failure(path, std::string("cannot be made: ") + std::strerror(reason) + ".");
  }
  return proto::success();
}

proto::Result<std::string> read_token_file(const std::string& path, int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return failure(path, "is not a plain file; remove it.");
  }
  if (status.st_uid != ::geteuid()) return failure(path, "belongs to someone else; remove it.");
  if ((status.st_mode & 077) != 0) {
    return failure(path, "can be read by others: remove it, or run 'chmod 600 " + path + "'.");
  }
  char bytes[256];
  const ssize_t size = ::read(descriptor, bytes, sizeof bytes);
  std::string token(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  bool is_word = token.size() >= 32 && token.size() <= 128;
  for (const char c : token) is_word = is_word && is_alphanumeric(c);
  if (!is_word) return failure(path, "holds no token of 32 to 128 letters and digits; remove it.");
  return token;
}

}  // namespace

proto::Result<std::string> token_file_path() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') return std::string(state) + "/tbprof/token";
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    return proto::Error{proto::ErrorCode::unavailable,
                        "There is no home folder for the token; set XDG_STATE_HOME."};
  }
  return std::string(home) + "/.local/state/tbprof/token";
}

proto::Result<std::string> load_or_create_token(const std::string& path) {
  TBPROF_TRY(make_folder(std::filesystem::path(path).parent_path().string()));
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (file.get() >= 0) return read_token_file(path, file.get());
    if (errno == ELOOP) return failure(path, "is a symbolic link; put the file itself there.");
    if (errno != ENOENT) {
      return failure(path, std::string("cannot be read: ") + std::strerror(errno) + ".");
    }
    TBPROF_TRY(create_token_file(path));
  }
  return failure(path, "vanished while it was read.");
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

Cookie cookie_of_server(std::string_view token, std::string_view server) {
  const std::string id = fingerprint(server);
  const auto state = std::make_unique<crypt_data>();
  const std::string setting = "$5$" + id + "$";
  const char* hashed = ::crypt_r(std::string(token).c_str(), setting.c_str(), state.get());
  Cookie cookie;
  cookie.name = "tbprof_" + id;
  // An empty value is never accepted, so a system without this hash only loses its cookies.
  if (hashed != nullptr && std::string_view(hashed).starts_with(setting)) {
    cookie.value = hashed + setting.size();
  }
  return cookie;
}

std::string_view find_cookie(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view pair = trim(field.substr(0, end));
    if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name)) {
      return pair.substr(name.size() + 1);
    }
    if (end == std::string_view::npos) break;
    field.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace tbprof::server
