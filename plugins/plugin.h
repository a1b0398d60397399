// What a dashboard's C++ side is to the server: named routes, streams and pushes, as data.
// Knows neither HTTP nor sockets: a question with parameters in, bytes out. Handlers are pure
// functions of the question and a sealed trace, and are called from several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/trace/trace.h"
#include "proto/result.h"

namespace tbprof::plugins {

using TracePointer = std::shared_ptr<const analyzer::trace::Trace>;

// The query parameters of one request, decoded once. A key may come several times.
class Params {
 public:
  void add(std::string key, std::string value);
  // The first value of the key.
  std::optional<std::string_view> find(std::string_view key) const;
  std::vector<std::string_view> all(std::string_view key) const;
  // invalid_argument, naming the key, if it is missing, malformed or out of range.
  proto::Result<double> number(std::string_view key, double low, double high) const;
  proto::Result<std::int64_t> integer(std::string_view key, std::int64_t low,
                                      std::int64_t high) const;
  proto::Result<std::int64_t> integer_or(std::string_view key, std::int64_t fallback,
                                         std::int64_t low, std::int64_t high) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// What a handler may look at.
class Library {
 public:
  virtual ~Library() = default;
  // The trace of a capture id as it is now. not_found if there is none.
  virtual proto::Result<TracePointer> trace(std::string_view capture_id) const = 0;
};

struct Question {
  const Params& params;
  const Library& library;
  // The trace named by the parameter "capture".
  proto::Result<TracePointer> trace() const;
};

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kColumns = "application/vnd.tbprof.columns";
inline constexpr std::string_view kCsv = "text/csv; charset=utf-8";

struct Answer {
  std::string_view content_type = kJson;
  std::string body;
  std::string download_name;  // not empty: offered as a file of this name
};

// One answer at once; the server adds ETag, gzip and byte ranges.
struct Route {
  std::string name;  // /data/plugin/<plugin>/<name>
  std::function<proto::Result<Answer>(const Question&)> answer;
};

// An answer too long to hold: made piece by piece while the client reads. false ends it.
using NextPiece = std::function<proto::Result<bool>(std::string& piece)>;
struct Stream {
  std::string name;  // /data/plugin/<plugin>/<name>
  std::string_view content_type = kCsv;
  std::string download_name;
  std::function<proto::Result<NextPiece>(const Question&)> open;
};

// A message, a JSON object, sent to every open page that shows the capture when it has changed.
struct Push {
  std::string topic;  // arrives as "<plugin>/<topic>"
  std::function<proto::Result<std::string>(const analyzer::trace::Trace&)> message;
};

struct Plugin {
  std::string id;  // the folder's name; set by the generated list
  std::string title;
  std::vector<Route> routes;
  std::vector<Stream> streams;
  std::vector<Push> pushes;
};

// Generated from the folders that have a plugin.cc: each defines
// tbprof::plugins::<folder>::plugin().
std::vector<Plugin> all_plugins();

}  // namespace tbprof::plugins
