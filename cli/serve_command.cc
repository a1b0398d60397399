#include "cli/serve_command.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/exit_status.h"
#include "cli/forwarding_line.h"
#include "cli/port_holder.h"
#include "cli/serve_options.h"
#include "cli/stop_signals.h"
#include "server/application.h"
#include "server/descriptor_limit.h"
#include "server/http_server.h"
#include "server/token.h"

namespace tbprof::cli {

namespace {

using std::chrono::milliseconds;

// TensorBoard's flags that steer what is done in another way here, or not at all.
constexpr std::array<const char*, 13> kIgnoredFlags = {"--samples_per_plugin",
                                                       "--load_fast",
                                                       "--reload_multifile",
                                                       "--reload_task",
                                                       "--max_reload_threads",
                                                       "--reload_multifile_inactive_secs",
                                                       "--purge_orphaned_data",
                                                       "--generic_data",
                                                       "--detect_file_replacement",
                                                       "--extra_data_server_flags",
                                                       "--grpc_creds_type",
                                                       "--reuse_port",
                                                       "--verbosity"};

constexpr std::array<const char*, 12> kServeFlags = {
    "--logdir",          "--port",         "--host",       "--bind_all", "--path_prefix",
    "--reload_interval", "--window_title", "--allow_host", "--auth",     "--ready-file",
    "--logdir_spec",     "--inspect"};

int fail(const proto::Error& error, int status = kExitFailure) {
  std::fprintf(stderr, "tbprof serve: %s\n", error.message.c_str());
  return status;
}

struct Running {
  std::unique_ptr<server::Application> application;
  std::unique_ptr<server::HttpServer> server;
};

// What tells this server from others of the machine: a fixed port still does after a restart. With
// --port 0 the port is not known before the application is there, so the process stands for it.
std::string own_mark(std::uint16_t port) {
  return port != 0 ? std::to_string(port) : "pid " + std::to_string(::getpid());
}

server::ApplicationOptions application_options(const ServeOptions& options, const ServePlan& plan,
                                               const std::string& token, std::uint16_t port) {
  server::ApplicationOptions application;
  application.logdir = server::open_logdir(plan.logdir);
  application.plugins = plugins::all_plugins();
  application.page = server::embedded_page();
  application.gate.hosts = plan.hosts;
  application.gate.token = token;
  application.gate.cookie =
      server::cookie_of_server(token, machine_name() + ":" + own_mark(port) + ":" + plan.logdir);
  application.gate.path_prefix = plan.path_prefix;
  application.version = TBPROF_VERSION;
  application.window_title = options.window_title;
  // However short it is, it is not "once".
  const std::int64_t interval_ms = std::llround(std::ceil(options.reload_interval_s * 1000));
  application.reload_interval = milliseconds(std::max<std::int64_t>(0, interval_ms));
  return application;
}

// The first port and the first set of addresses that work.
proto::Result<Running> start_somewhere(const ServeOptions& options, const ServePlan& plan,
                                       const std::string& token) {
  proto::Error problem;
  for (const std::uint16_t port : plan.ports) {
    if (plan.ports.size() > 1 && is_port_taken(port)) continue;
    Running running;
    running.application =
        std::make_unique<server::Application>(application_options(options, plan, token, port));
    for (const auto& addresses : plan.addresses) {
      server::HttpServerOptions listening;
      listening.max_connections = server::connections_that_fit(listening.max_connections);
      listening.addresses = addresses;
      listening.port = port;
      auto started = server::HttpServer::start(listening, *running.application);
      if (started.ok()) {
        running.server = started.take();
        return running;
      }
      problem = started.take_error();
      if (problem.code != proto::ErrorCode::not_found) break;
    }
    if (problem.code != proto::ErrorCode::unavailable) return problem;
    const std::string holder = describe_port_holder(port);
    if (!holder.empty()) problem.message += " It is " + holder + ".";
  }
  if (plan.ports.size() > 1) {
    return proto::Error{proto::ErrorCode::unavailable,
                        "The ports 6006 to 6105 are all taken; choose another with --port."};
  }
  problem.message += " Choose another with --port, or leave --port out.";
  return problem;
}

std::string user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : "USER";
}

void print_start(const ServeOptions& options, const ServePlan& plan, const std::string& url,
                 unsigned port) {
  std::printf("tbprof " TBPROF_VERSION " shows %s\n", plan.logdir.c_str());
  if (!plan.logdir_exists) {
    std::printf("The folder does not exist yet; recordings appear here once it does.\n");
  }
  std::printf("\n    %s\n\n", url.c_str());
  const char* ssh_connection = std::getenv("SSH_CONNECTION");
  if (ssh_connection != nullptr && plan.loopback_only) {
    std::printf(
        "You are here by ssh. On your own machine run\n\n"
        "    %s\n\n"
        "and open the address above there.\n",
        forwarding_line(port, user_name(), ssh_connection, machine_name()).c_str());
  }
  if (options.auth == "none") {
    std::printf(
        "No token is asked for: everybody who reaches this port, every user of this "
        "machine included, can read the recordings.\n");
  } else if (!plan.loopback_only) {
    std::printf(
        "The network carries token and data unencrypted; over a network you do not trust, "
        "use ssh -L instead.\n");
  }
  std::printf("Press ^C to stop.\n");
  std::fflush(stdout);
}

proto::Result<> write_ready_file(const std::string& path, const std::string& url, unsigned port) {
  if (path.empty()) return proto::success();
  const nlohmann::json json = {{"url", url}, {"port", port}, {"pid", ::getpid()}};
  const std::string text = json.dump() + "\n";
  const std::string draft = path + ".part";
  ::unlink(draft.c_str());
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool is_written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  if (!is_written || ::rename(draft.c_str(), path.c_str()) != 0) {
    return proto::Error{proto::ErrorCode::io, "The file " + path + " cannot be written."};
  }
  return proto::success();
}

int serve(const ServeOptions& options) {
  const auto plan = plan_serving(options);
  if (!plan.ok()) return fail(plan.error(), kExitUsage);
  std::string token;
  if (options.auth == "token") {
    auto path = server::token_file_path();
    if (!path.ok()) return fail(path.error());
    auto loaded = server::load_or_create_token(path.value());
    if (!loaded.ok()) return fail(loaded.error());
    token = loaded.take();
  }
  const sigset_t signals = block_stop_signals();
  auto running = start_somewhere(options, plan.value(), token);
  if (!running.ok()) return fail(running.error());
  const unsigned port = running.value().server->port();
  const std::string url = "http://" + plan.value().url_host + ":" + std::to_string(port) +
                          plan.value().path_prefix + "/" + (token.empty() ? "" : "?token=" + token);
  print_start(options, plan.value(), url, port);
  const auto written = write_ready_file(options.ready_file, url, port);
  if (!written.ok()) return fail(written.error());
  wait_and_stop(signals, *running.value().server);
  running.value().server.reset();
  return 0;
}

void add_flags(CLI::App& parser, ServeOptions& options) {
  parser.add_option("--logdir", options.logdir, "Folder that holds the recordings, at any depth")
      ->type_name("DIR");
  parser.add_option("--port", options.port, "Port; 'default' is 6006 or the next free one, 0 any")
      ->type_name("N")
      ->capture_default_str();
  parser.add_option("--host", options.host, "Address to listen on (default: this machine only)")
      ->type_name("ADDRESS");
  parser.add_flag("--bind_all", options.bind_all, "Listen on all addresses of this machine");
  parser.add_option("--path_prefix", options.path_prefix, "Path of the page, such as /a/b")
      ->type_name("PATH");
  parser
      .add_option("--reload_interval", options.reload_interval_s,
                  "Seconds between looks at the folder; 0 or less looks once")
      ->type_name("S")
      ->capture_default_str();
  parser.add_option("--window_title", options.window_title, "Title of the browser window")
      ->type_name("TEXT");
  parser
      .add_option("--allow_host", options.allow_hosts,
                  "A further Host name to answer to, as behind a proxy: NAME or NAME:PORT")
      ->type_name("NAME");
  parser
      .add_option("--auth", options.auth,
                  "'token', or 'none': everybody who reaches the port may read")
      ->type_name("WHAT")
      ->capture_default_str();
  parser
      .add_option("--ready-file", options.ready_file,
                  "Write {\"url\", \"port\", \"pid\"} there once it serves")
      ->type_name("FILE");
}

void add_ignored_flags(CLI::App& parser) {
  for (const char* flag : kIgnoredFlags) {
    parser
        .add_option_function<std::string>(
            flag,
            [flag](const std::string&) {
              std::fprintf(stderr, "tbprof serve: %s is not needed here and changes nothing.\n",
                           flag);
            },
            "")
        ->group("");
  }
  parser
      .add_option_function<std::string>(
          "--logdir_spec",
          [](const std::string&) {
            throw CLI::ValidationError(
                "--logdir_spec is not taken; give the folder above all of them as --logdir");
          },
          "")
      ->group("");
  parser
      .add_flag_function(
          "--inspect",
          [](std::int64_t) {
            throw CLI::ValidationError(
                "--inspect is not taken; `tbprof analyze DIR` prints what a recording holds");
          },
          "")
      ->group("");
}

}  // namespace

CLI::App* add_serve_command(CLI::App& program, int& exit_status) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* parser = program.add_subcommand("serve", "Show a folder of recordings in the browser");
  parser->footer(
      "Examples:\n"
      "  tbprof serve --logdir runs\n"
      "  tbprof serve --logdir ~/runs --port 7000 --path_prefix /tbprof\n"
      "The address that is printed holds your token; the browser needs it once. Programs send\n"
      "'Authorization: Bearer TOKEN'.");
  add_flags(*parser, *options);
  add_ignored_flags(*parser);
  parser->callback([options, &exit_status] {
    if (options->logdir.empty()) {
      exit_status =
          fail({proto::ErrorCode::invalid_argument, "Which folder? Give it as --logdir DIR."},
               kExitUsage);
      return;
    }
    exit_status = serve(*options);
  });
  return parser;
}

bool is_serve_flag(const char* argument) {
  const std::string_view text(argument);
  const std::string_view name = text.substr(0, text.find('='));
  const auto is_name = [&](const char* flag) { return name == flag; };
  return std::any_of(kServeFlags.begin(), kServeFlags.end(), is_name) ||
         std::any_of(kIgnoredFlags.begin(), kIgnoredFlags.end(), is_name);
}

}  // namespace tbprof::cli
