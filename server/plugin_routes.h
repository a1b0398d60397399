// The dashboards' routes and streams as HTTP routes, and their pushes as messages. Any thread.
#pragma once

#include <string>
#include <vector>

#include "plugins/plugin.h"
#include "server/answer_cache.h"
#include "server/capture_library.h"
#include "server/router.h"

namespace tbprof::server {

// All three live longer than the router.
void add_plugin_routes(Router& router, const std::vector<plugins::Plugin>& plugins,
                       const CaptureLibrary& library, AnswerCache& cache);

struct PushMessage {
  std::string topic;  // "<plugin>/<topic>"
  std::string json;
};
bool has_pushes(const std::vector<plugins::Plugin>& plugins);
// What a changed capture makes the dashboards say.
std::vector<PushMessage> push_messages(const std::vector<plugins::Plugin>& plugins,
                                       const CaptureLibrary& library, const std::string& capture_id,
                                       const CaptureLibrary::Opened& opened);

}  // namespace tbprof::server
