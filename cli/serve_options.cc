#include "cli/serve_options.h"

#include <netdb.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "server/ascii.h"

namespace tbprof::cli {

namespace {

constexpr std::uint16_t kDefaultPort = 6006;
constexpr std::uint16_t kPortsToTry = 100;

proto::Error wrong(std::string sentence) {
  return {proto::ErrorCode::invalid_argument, std::move(sentence)};
}

std::optional<std::uint16_t> parse_port(const std::string& text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return port;
}

proto::Result<> plan_ports(const ServeOptions& options, ServePlan& plan) {
  if (options.port == "default") {
    for (std::uint16_t i = 0; i < kPortsToTry; ++i) {
      plan.ports.push_back(static_cast<std::uint16_t>(kDefaultPort + i));
    }
    return proto::success();
  }
  const auto port = parse_port(options.port);
  if (!port) return wrong("--port takes a number up to 65535, not '" + options.port + "'.");
  plan.ports = {*port};
  return proto::success();
}

proto::Result<> plan_logdir(const ServeOptions& options, ServePlan& plan) {
  namespace fs = std::filesystem;
  std::string folder = options.logdir;
  const char* home = std::getenv("HOME");
  if (home != nullptr && (folder == "~" || folder.starts_with("~/"))) {
    folder = home + folder.substr(1);
  }
  if (folder.empty()) return wrong("--logdir needs a folder.");
  std::error_code error;
  plan.logdir = fs::absolute(folder, error).lexically_normal().string();
  while (plan.logdir.size() > 1 && plan.logdir.back() == '/') plan.logdir.pop_back();
  const fs::file_status status = fs::status(plan.logdir, error);
  plan.logdir_exists = fs::exists(status);
  if (!plan.logdir_exists) {
    if (status.type() == fs::file_type::not_found) return proto::success();
    return wrong("The log directory " + plan.logdir + " cannot be reached: " + error.message() +
                 ".");
  }
  if (!fs::is_directory(status)) {
    return wrong(plan.logdir + " is no folder; give the folder that holds the recordings.");
  }
  if (::access(plan.logdir.c_str(), R_OK | X_OK) != 0) {
    return wrong("The log directory " + plan.logdir + " cannot be read; check its permissions.");
  }
  return proto::success();
}

proto::Result<> plan_prefix(const ServeOptions& options, ServePlan& plan) {
  std::string prefix = options.path_prefix;
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  if (prefix.empty()) return proto::success();
  // Browsers fold "." and ".." away before they ask.
  const std::string segments = prefix + "/";
  bool is_good = prefix[0] == '/' && segments.find("//") == std::string::npos &&
                 segments.find("/./") == std::string::npos &&
                 segments.find("/../") == std::string::npos;
  for (const char c : prefix) {
    is_good = is_good && (server::is_alphanumeric(c) ||
                          std::string_view("/-._~").find(c) != std::string_view::npos);
  }
  if (!is_good) {
    return wrong(
        "--path_prefix must look like /a/b: letters, digits and - . _ ~ only, and no part that is "
        ". or .. itself.");
  }
  plan.path_prefix = prefix;
  return proto::success();
}

// The wildcard address is none that a browser can ask for: others know this machine by its name.
void open_to_all(ServePlan& plan) {
  plan.loopback_only = false;
  plan.url_host = machine_name();
  plan.hosts.allowed.push_back(server::lower_case(plan.url_host));
  const std::string full_name = full_machine_name();
  if (!full_name.empty()) plan.hosts.allowed.push_back(server::lower_case(full_name));
  plan.hosts.addresses_allowed = true;
}

proto::Result<> plan_addresses(const ServeOptions& options, ServePlan& plan) {
  for (const std::string& name : options.allow_hosts) {
    if (!server::parse_host(name)) {
      return wrong("--allow_host takes a name or name:port, not '" + name + "'.");
    }
    plan.hosts.allowed.push_back(server::lower_case(name));
  }
  plan.url_host = "localhost";
  if (options.bind_all && !options.host.empty()) {
    return wrong("--host and --bind_all exclude each other.");
  }
  if (options.bind_all) {
    plan.addresses = {{"::"}, {"0.0.0.0"}};
    open_to_all(plan);
    return proto::success();
  }
  const bool is_v6 = options.host.find(':') != std::string::npos && options.host[0] != '[';
  const std::string shown = is_v6 ? "[" + options.host + "]" : options.host;
  const auto parsed = server::parse_host(shown);
  if (options.host.empty() || server::lower_case(options.host) == "localhost") {
    plan.addresses = {{"127.0.0.1", "::1"}};
    return proto::success();
  }
  if (!parsed || !parsed->port.empty()) {
    return wrong("--host takes a name or an address without a port, not '" + options.host + "'.");
  }
  plan.addresses = {{parsed->name}};
  if (parsed->name == "0.0.0.0" || parsed->name == "::") {
    open_to_all(plan);
    return proto::success();
  }
  plan.url_host = shown;
  plan.loopback_only = server::is_loopback_name(*parsed);
  if (plan.loopback_only) return proto::success();
  plan.hosts.allowed.push_back(server::lower_case(shown));
  plan.hosts.addresses_allowed = true;
  return proto::success();
}

}  // namespace

proto::Result<ServePlan> plan_serving(const ServeOptions& options) {
  ServePlan plan;
  if (options.auth != "token" && options.auth != "none") {
    return wrong("--auth is 'token' or 'none', not '" + options.auth + "'.");
  }
  if (!(options.reload_interval_s <= 86400)) {
    return wrong("--reload_interval takes seconds, at most a day; 0 or less looks once.");
  }
  TBPROF_TRY(plan_ports(options, plan));
  TBPROF_TRY(plan_prefix(options, plan));
  TBPROF_TRY(plan_addresses(options, plan));
  TBPROF_TRY(plan_logdir(options, plan));
  return plan;
}

std::string full_machine_name() {
  addrinfo wanted = {};
  wanted.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (::getaddrinfo(machine_name().c_str(), nullptr, &wanted, &found) != 0) return {};
  const std::string name = found->ai_canonname != nullptr ? found->ai_canonname : "";
  ::freeaddrinfo(found);
  return server::parse_host(name) ? name : "";
}

std::string machine_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

}  // namespace tbprof::cli
