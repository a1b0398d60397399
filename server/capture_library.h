// The captures of one log directory: what is there, and their traces, loaded when first asked for
// and kept while they fit the memory budget. Any thread. A capture is loaded by one thread at a
// time; whoever asks meanwhile waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/catalogue.h"
#include "analyzer/live_file.h"
#include "plugins/plugin.h"
#include "server/reply.h"

namespace tbprof::server {

struct LoadedTrace {
  plugins::TracePointer trace;
  // What the next version will take of a core, beyond reading what the file has gained.
  std::chrono::nanoseconds cost_of_next{};
};

// How the library reaches files; tests put their own in.
struct LogdirAccess {
  std::string folder;
  std::function<proto::Result<analyzer::Catalogue>()> scan;
  // The second keeps what was read of a capture that grows.
  std::function<proto::Result<LoadedTrace>(const analyzer::Capture&, analyzer::LiveFile&)> load;
  std::function<proto::Result<Bytes>(const analyzer::Capture&)> file;
};

// The real one: everything goes through analyzer::Root, so nothing outside the folder is opened.
// The folder need not exist yet.
LogdirAccess open_logdir(std::string folder);

// The catalogue at one moment. Immutable.
struct CatalogueSnapshot {
  analyzer::Catalogue catalogue;
  // Of each capture, changes with its file. That of a live one waits until the work that the last
  // one made is no more than a twentieth of the time: a page asks for all anew at each version.
  std::vector<std::string> versions;
  std::string version;  // of all of it
  std::map<std::string, std::size_t, std::less<>> by_id;
};

class CaptureLibrary final : public plugins::Library {
 public:
  CaptureLibrary(LogdirAccess access, std::size_t memory_budget_bytes);

  // Looks what is there now. The ids of captures that are new or have changed.
  std::vector<std::string> rescan();
  std::shared_ptr<const CatalogueSnapshot> snapshot() const;
  const std::string& folder() const { return access_.folder; }

  struct Opened {
    plugins::TracePointer trace;
    std::string version;
  };
  proto::Result<Opened> open(std::string_view capture_id) const;
  proto::Result<plugins::TracePointer> trace(std::string_view capture_id) const override;
  // The trace if it is in memory in some version, without loading it.
  plugins::TracePointer loaded(std::string_view capture_id) const;
  struct File {
    Bytes bytes;
    std::string name;
    std::string version;
  };
  proto::Result<File> file(std::string_view capture_id) const;
  // How long an answer took of a core. The first of a kind to a version counts for the pace of
  // versions: those after it use what the first has made.
  void note_answer(std::string_view capture_id, std::string_view version, const std::string& kind,
                   std::chrono::nanoseconds time) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    bool is_loading = false;
    std::string version;
    plugins::TracePointer trace;
    std::optional<proto::Error> error;
    Clock::time_point loaded_at;
    std::chrono::nanoseconds cost_of_next{};
    std::map<std::string, std::chrono::nanoseconds> answer_times;  // by kind, to this version
    std::uint64_t last_use = 0;
    analyzer::LiveFile live;  // used by the loading thread only while is_loading
    std::size_t live_bytes = 0;
    explicit Entry(std::size_t max_live_bytes) : live(max_live_bytes) {}
  };
  struct Found {
    const analyzer::Capture* capture;
    const std::string* version;
    std::shared_ptr<const CatalogueSnapshot> owner;
  };
  proto::Result<Found> find(std::string_view capture_id) const;
  void hold_back(CatalogueSnapshot& next) const;
  bool may_renew(const Entry& entry) const;
  Entry& entry_of(const std::string& capture_id) const;
  bool still_serves(const Entry& entry, const Found& found) const;
  void load(Entry& entry, const Found& found, std::unique_lock<std::mutex>& lock) const;
  void evict() const;

  const LogdirAccess access_;
  const std::size_t memory_budget_bytes_;
  mutable std::mutex mutex_;
  mutable std::condition_variable load_done_;
  std::shared_ptr<const CatalogueSnapshot> snapshot_;
  mutable std::map<std::string, Entry, std::less<>> entries_;
  mutable std::uint64_t use_count_ = 0;
};

// Half of the machine's memory, at most 8 GiB.
std::size_t default_memory_budget_bytes();

}  // namespace tbprof::server
