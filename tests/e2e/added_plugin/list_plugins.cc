// Prints a line for each route of each plugin, and what the routes named "counts" answer about a
// trace of three slices.
#include <cstdio>
#include <memory>
#include <string>

#include "analyzer/trace/trace_builder.h"
#include "plugins/plugin.h"

namespace {

namespace trace = tbprof::analyzer::trace;
namespace plugins = tbprof::plugins;

class OneTrace : public plugins::Library {
 public:
  OneTrace() {
    trace::TraceBuilder builder;
    const trace::TrackId track = builder.add_track({});
    const trace::NameId forward = builder.intern_name("forward", trace::Category::forward);
    const trace::NameId input = builder.intern_name("next batch", trace::Category::input);
    builder.add_slice(track, 0, 5, input);
    builder.add_slice(track, 10, 5, forward);
    builder.add_slice(track, 20, 5, forward);
    trace_ = builder.seal();
  }
  tbprof::proto::Result<plugins::TracePointer> trace(std::string_view) const override {
    return trace_;
  }

 private:
  plugins::TracePointer trace_;
};

}  // namespace

int main() {
  const OneTrace library;
  plugins::Params params;
  params.add("capture", "one");
  for (const plugins::Plugin& plugin : plugins::all_plugins()) {
    for (const plugins::Route& route : plugin.routes) {
      std::printf("%s/%s", plugin.id.c_str(), route.name.c_str());
      if (route.name == "counts") {
        const auto answer = route.answer({params, library});
        if (!answer.ok()) return 1;
        std::printf(" %s", answer.value().body.c_str());
      }
      std::printf("\n");
    }
  }
  return 0;
}
