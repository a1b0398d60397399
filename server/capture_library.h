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
#include "analyzer/import/load_progress.h"
#include "analyzer/live_file.h"
#include "plugins/plugin.h"
#include "server/catalogue_snapshot.h"
#include "server/load_queue.h"
#include "server/logdir.h"
#include "server/reply.h"

namespace tbprof::server {

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
  // Calls `done` once, at once or from a thread that loads. What nobody wants any more is not
  // loaded, or not to its end, and `done` of those is dropped.
  using OnOpened = std::function<void(proto::Result<Opened>)>;
  using IsWanted = std::function<bool()>;
  void open_later(std::string_view capture_id, OnOpened done, IsWanted is_wanted) const;
  // How far the loading of a capture is; nullopt if it is not being loaded.
  struct Progress {
    analyzer::import::LoadPhase phase;
    std::uint64_t read_bytes;
    std::uint64_t size_bytes;
  };
  proto::Result<std::optional<Progress>> progress(std::string_view capture_id) const;
  // Header and index of a finished capture, read from its file.
  proto::Result<analyzer::import::TbtraceIndex> index(std::string_view capture_id) const;
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
    std::shared_ptr<analyzer::import::LoadProgress>
        progress;  // of a load that runs or waits for its turn
    std::vector<Asker> askers;
    std::string version;
    plugins::TracePointer trace;
    std::optional<proto::Error> error;
    Clock::time_point loaded_at;
    std::chrono::nanoseconds cost_of_next{};
    std::map<std::string, std::chrono::nanoseconds> answer_times;  // by kind, to this version
    std::uint64_t last_use = 0;
    analyzer::LiveFile live;  // of the thread that loads, while there is progress
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
  void post_load(Entry& entry, const analyzer::Capture& capture) const;
  bool is_wanted(const Entry& entry) const;
  void load(const std::string& capture_id) const;
  bool drop_unwanted(Entry& entry, std::vector<Asker>& dropped) const;
  bool take_served(Entry& entry, std::vector<Asker>& served) const;
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
