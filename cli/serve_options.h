// What `tbprof serve` was asked for, and what that means for the server. Values. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/result.h"
#include "server/host_rules.h"

namespace tbprof::cli {

struct ServeOptions {
  std::string logdir;
  std::string port = "default";  // a number, 0 for any, or "default": 6006 or the next free one
  std::string host;
  bool bind_all = false;
  std::string path_prefix;
  double reload_interval_s = 1;
  std::string window_title;
  std::vector<std::string> allow_hosts;
  std::string auth = "token";  // or "none"
  std::string ready_file;
};

// The options in the server's terms, or one sentence about what is wrong with them.
struct ServePlan {
  std::string logdir;  // absolute
  bool logdir_exists = false;
  std::vector<std::uint16_t> ports;                 // to try in this order
  std::vector<std::vector<std::string>> addresses;  // sets to try in this order
  bool loopback_only = true;
  std::string url_host;     // as the URL names it
  std::string path_prefix;  // "" or "/a/b"
  server::HostRules hosts;
};
proto::Result<ServePlan> plan_serving(const ServeOptions& options);

std::string machine_name();

// With its domain, as the system's name service knows it; "" if it does not.
std::string full_machine_name();

}  // namespace tbprof::cli
