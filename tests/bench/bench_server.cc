// Requests a second and their times over loopback with keep-alive, client and server on one
// machine:
//   bench_server [seconds]
// One client thread asks on N connections, each again as soon as it has its answer.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "server/application.h"
#include "server/http_server.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Client {
  int socket = -1;
  Clock::time_point asked;
};

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  return socket;
}

void ask(Client& client, const std::string& request) {
  client.asked = Clock::now();
  if (::send(client.socket, request.data(), request.size(), 0) !=
      static_cast<ssize_t>(request.size())) {
    std::abort();
  }
}

void measure(std::uint16_t port, const char* target, std::size_t connections, double seconds) {
  const std::string request = std::string("GET ") + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const int events = ::epoll_create1(0);
  std::vector<Client> clients(connections);
  for (std::size_t i = 0; i < connections; ++i) {
    clients[i].socket = connect_to(port);
    epoll_event event{EPOLLIN, {.u64 = i}};
    ::epoll_ctl(events, EPOLL_CTL_ADD, clients[i].socket, &event);
    ask(clients[i], request);
  }
  std::vector<double> times_us;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) {
    epoll_event ready[64];
    const int count = ::epoll_wait(events, ready, 64, 1000);
    for (int i = 0; i < count; ++i) {
      Client& client = clients[ready[i].data.u64];
      char answer[4096];  // small answers come in one piece
      if (::recv(client.socket, answer, sizeof answer, 0) < 100) std::abort();
      times_us.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - client.asked).count());
      ask(client, request);
    }
  }
  const double passed = std::chrono::duration<double>(Clock::now() - begin).count();
  std::sort(times_us.begin(), times_us.end());
  const auto quantile = [&](double q) {
    return times_us[static_cast<std::size_t>(q * static_cast<double>(times_us.size() - 1))];
  };
  std::printf("%-40s %5zu connections %9.0f requests/s  median %7.0f us  p99 %8.0f us\n", target,
              connections, static_cast<double>(times_us.size()) / passed, quantile(0.5),
              quantile(0.99));
  for (const Client& client : clients) ::close(client.socket);
  ::close(events);
}

}  // namespace

int main(int count, char** arguments) {
  const double seconds = count > 1 ? std::atof(arguments[1]) : 3;
  tbprof::plugins::Plugin plugin;
  plugin.id = "bench";
  plugin.routes.push_back(
      {"small",
       [](const tbprof::plugins::Question&) -> tbprof::proto::Result<tbprof::plugins::Answer> {
         return tbprof::plugins::Answer{tbprof::plugins::kJson, "{\"a\":1}", ""};
       }});
  tbprof::server::ApplicationOptions options;
  options.plugins.push_back(plugin);
  options.logdir.scan = [] {
    return tbprof::proto::Result<tbprof::analyzer::Catalogue>(tbprof::analyzer::Catalogue{});
  };
  tbprof::server::Application application(std::move(options));
  auto server = tbprof::server::HttpServer::start({}, application);
  if (!server.ok()) return 1;
  for (const std::size_t connections : {1, 16, 100, 400, 1000}) {
    measure(server.value()->port(), "/data/health", connections, seconds);
  }
  measure(server.value()->port(), "/data/plugin/bench/small", 16, seconds);
  return 0;
}
