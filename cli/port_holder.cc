#include "cli/port_holder.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace tbprof::cli {

namespace {

constexpr int kListening = 0x0a;

// Inodes of the sockets that listen on the port. A line of /proc/net/tcp is
// "sl local_address:port remote_address:port state … inode".
std::set<std::string> listening_inodes(std::uint16_t port) {
  std::set<std::string> inodes;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream lines(table);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      std::istringstream fields(line);
      std::string index, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
      fields >> index >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
          timeout >> inode;
      const std::size_t colon = local.rfind(':');
      if (colon == std::string::npos || inode.empty()) continue;
      const bool is_it = std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port &&
                         std::strtol(state.c_str(), nullptr, 16) == kListening;
      if (is_it) inodes.insert(inode);
    }
  }
  return inodes;
}

bool holds_one(const std::filesystem::path& descriptors, const std::set<std::string>& inodes) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(descriptors, error)) {
    const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
    if (error || !target.starts_with("socket:[")) continue;
    if (inodes.contains(target.substr(8, target.size() - 9))) return true;
  }
  return false;
}

}  // namespace

bool is_port_taken(std::uint16_t port) { return !listening_inodes(port).empty(); }

std::string describe_port_holder(std::uint16_t port) {
  const std::set<std::string> inodes = listening_inodes(port);
  if (inodes.empty()) return {};
  std::error_code error;
  for (const auto& process : std::filesystem::directory_iterator("/proc", error)) {
    const std::string pid = process.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (!holds_one(process.path() / "fd", inodes)) continue;
    std::ifstream name_file(process.path() / "comm");
    std::string name;
    std::getline(name_file, name);
    return name + " (pid " + pid + ")";
  }
  return {};
}

}  // namespace tbprof::cli
