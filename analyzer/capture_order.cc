#include "analyzer/capture_order.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace tbprof::analyzer {
namespace {

// Where captures of one session stay together.
std::string session_folder(const Capture& capture) {
  return capture.session.empty() ? capture.path : capture.path.substr(0, capture.path.rfind('/'));
}

}  // namespace

void sort_captures(std::vector<Capture>& captures) {
  const auto start_ns = [](const Capture& capture) {
    return capture.start_unix_ns > 0 ? capture.start_unix_ns : capture.stamp.modified_ns;
  };
  struct Session {
    bool is_live = false;
    std::int64_t start_ns = 0;
  };
  std::unordered_map<std::string, Session> sessions;
  for (const Capture& capture : captures) {
    const auto [at, is_new] = sessions.try_emplace(session_folder(capture));
    Session& session = at->second;
    session.is_live = session.is_live || capture.state == trace::RecordingState::live;
    session.start_ns = is_new ? start_ns(capture) : std::min(session.start_ns, start_ns(capture));
  }
  const auto key = [&](const Capture& capture) {
    const std::string folder = session_folder(capture);
    const Session& session = sessions.at(folder);
    return std::tuple(!session.is_live, -session.start_ns, folder, -capture.stamp.modified_ns,
                      capture.path);
  };
  std::vector<std::pair<decltype(key(captures.front())), std::size_t>> order;
  for (std::size_t i = 0; i < captures.size(); ++i) order.emplace_back(key(captures[i]), i);
  std::sort(order.begin(), order.end());
  std::vector<Capture> sorted;
  sorted.reserve(captures.size());
  for (const auto& [unused, index] : order) sorted.push_back(std::move(captures[index]));
  captures = std::move(sorted);
}

}  // namespace tbprof::analyzer
