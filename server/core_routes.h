// The server's own data routes: what is there, who answers. Any thread.
#pragma once

#include <string>
#include <vector>

#include "plugins/plugin.h"
#include "server/capture_library.h"
#include "server/router.h"

namespace tbprof::server {

// What the routes look at; lives longer than the router.
struct CoreSources {
  std::string version;  // of tbprof
  std::string window_title;
  const CaptureLibrary& library;
  const std::vector<plugins::Plugin>& plugins;
};

void add_core_routes(Router& router, const CoreSources& sources);

}  // namespace tbprof::server
