// The captures of one log directory: what is there, and their traces, loaded when first asked for
// and kept while they fit the memory budget. Any thread. Loads run on threads of the library; a
// capture is loaded once at a time, for all who ask meanwhile.
#pragma once

#include <chrono>
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
#include "server/load_queue.h"
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
  std::function<proto::Result<ByteSource>(const analyzer::Capture&)> file;
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
  ~CaptureLibrary() override;

  // Looks what is there now. The ids of captures that are new or have changed.
  std::vector<std::string> rescan();
  // Calls at once, or when rescan() has ended for the first time.
  void when_scanned(std::function<void()> go_on) const;
  std::shared_ptr<const CatalogueSnapshot> snapshot() const;
  const std::string& folder() const { return access_.folder; }

  struct Opened {
    plugins::TracePointer trace;
    std::string version;
  };
  // Waits while it is loaded.
  proto::Result<Opened> open(std::string_view capture_id) const;
  // Calls `done` once, at once or from a thread that loads. A capture that nobody wants any more
  // when its turn comes is not loaded, and `done` of those is dropped.
  using OnOpened = std::function<void(proto::Result<Opened>)>;
  using IsWanted = std::function<bool()>;
  void open_later(std::string_view capture_id, OnOpened done, IsWanted is_wanted) const;
  // Ends with the loads that run; whoever waits for one is told, and nothing is loaded afterwards.
  void stop();
  // Changes when a trace has been loaded or dropped.
  std::uint64_t loaded_version() const;
  proto::Result<plugins::TracePointer> trace(std::string_view capture_id) const override;
  // The trace if it is in memory in some version, without loading it.
  plugins::TracePointer loaded(std::string_view capture_id) const;
  struct File {
    std::shared_ptr<const ByteSource> bytes;
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
  struct Asker {
    OnOpened done;
    IsWanted is_wanted;
    std::string version;  // that there was when it asked
  };
  struct Entry {
    bool is_loading = false;  // or waits for its turn
    std::vector<Asker> askers;
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
  std::vector<std::string> take_snapshot(std::shared_ptr<CatalogueSnapshot> next);
  void hold_back(CatalogueSnapshot& next) const;
  bool may_renew(const Entry& entry) const;
  Entry& entry_of(const std::string& capture_id) const;
  bool still_serves(const Entry& entry, const Found& found) const;
  proto::Result<analyzer::Catalogue> scan() const;
  proto::Result<Opened> use(Entry& entry) const;
  void post_load(const analyzer::Capture& capture) const;
  void load(const std::string& capture_id) const;
  bool drop_unwanted(Entry& entry, std::vector<Asker>& dropped) const;
  void finish_load(Entry& entry, const Found& found, proto::Result<LoadedTrace> loaded) const;
  void evict() const;

  const LogdirAccess access_;
  const std::size_t memory_budget_bytes_;
  mutable std::mutex mutex_;
  std::shared_ptr<const CatalogueSnapshot> snapshot_;
  bool is_scanned_ = false;
  bool is_stopping_ = false;
  mutable std::vector<std::function<void()>> wait_for_scan_;
  mutable std::map<std::string, Entry, std::less<>> entries_;
  mutable std::uint64_t use_count_ = 0;
  mutable std::uint64_t loaded_version_ = 0;
  mutable LoadQueue loads_;  // its threads use all of the above
};

// Half of the machine's memory, at most 8 GiB.
std::size_t default_memory_budget_bytes();

}  // namespace tbprof::server
