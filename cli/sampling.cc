#include "cli/sampling.h"

#include <sys/utsname.h>

#include <utility>

#include "cli/window_pages.h"
#include "collector/trace_path.h"

namespace tbprof::cli {

std::unique_ptr<sampler::Sampler> make_sampler(const RecordingPlace& place, int rate_hz) {
  utsname system{};
  const std::string host = uname(&system) == 0 ? system.nodename : "localhost";
  sampler::SamplerOptions options;
  options.rate_hz = rate_hz;
  options.place = {.folder = place.folder(),
                   .host = host,
                   .file_host = collector::file_name_part(host),
                   .run = place.run,
                   .session = place.session,
                   .writer = "tbprof " TBPROF_VERSION};
  auto pages = std::make_shared<WindowPages>();
  options.is_window_open = [pages](pid_t pid) { return pages->is_open(pid); };
  return std::make_unique<sampler::Sampler>(std::move(options));
}

}  // namespace tbprof::cli
