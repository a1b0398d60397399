// Turns the events of the threads' buffers into columns: pairs begins with ends, names tracks,
// finds the steps. Owns what is open on each thread. The writer thread.
//
// A lost event costs its own slice only: begin and end carry their depth, so that an end whose
// begin was lost finds nothing, and a begin whose end was lost is dropped, and counted, when its
// depth comes again. A step is a slice of category `step` and a StepRecord.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "collector/chunk_builder.h"
#include "collector/clock.h"
#include "collector/ring.h"
#include "collector/step_pattern.h"

namespace tbprof::collector {

class EventDecoder {
 public:
  // Borrows all three.
  EventDecoder(ChunkBuilder& builder, const TickClock& clock, const StepPattern& steps);

  // Takes all that is in the ring now. `slot` is its place in the pool.
  void drain(Ring& ring, std::size_t slot);
  // The thread is gone: what was open in it ended with it.
  void finish_thread(Ring& ring, std::size_t slot);
  void add_loss(proto::LossKind kind, const Ring::Loss& loss, std::uint32_t track_id);
  // Lists what is open now, for the chunk.
  void list_open(std::vector<proto::OpenSlice>& open) const;

 private:
  struct Open {
    std::int64_t start_ns = 0;
    std::int64_t step_number = 0;
    std::uint32_t name_id = 0;
    std::uint32_t depth = 0;
    bool is_step = false;
    bool is_noted = false;  // a step outside of windows
    EventFacts facts;
  };
  struct DomainStack {
    std::uint32_t domain = 0;
    std::vector<Open> open;
  };
  struct Thread {
    std::uint32_t track_id = 0;
    std::int32_t tid = 0;
    bool renamed = false;
    std::int64_t last_ns = 0;  // times of a thread never go back
    std::uint64_t unmatched_ends = 0;
    std::vector<Open> open;            // domain 0
    std::vector<DomainStack> domains;  // the others that were seen
  };
  struct Label {
    std::uint32_t name_id = 0;
    bool is_step = false;
    std::int64_t step_number = 0;
    bool is_noted = false;
  };
  struct ProcessRange {
    std::uint64_t id = 0;
    std::int64_t time_ns = 0;
    Label label;
    EventFacts facts;
    bool is_end = false;  // the end came first, from another thread's buffer
  };
  struct KnownName {
    std::uint32_t name_id = proto::kNoId;
    std::uint32_t step_name_id = proto::kNoId;  // kNoId: not a step
    std::int64_t step_number = 0;
  };

  Thread& thread_of(Ring& ring, std::size_t slot);
  void take(Thread& thread, const std::uint64_t* words);
  Label label_of_handle(std::uint32_t handle);
  Label label_of_text(std::string_view text, proto::Category category);
  std::vector<Open>& stack_of(Thread& thread, std::uint32_t domain);
  void begin(Thread& thread, std::uint64_t label_word, const Label& label, std::int64_t time_ns);
  void end(Thread& thread, std::uint64_t label_word, std::int64_t time_ns);
  void close(Thread& thread, const Open& open, std::int64_t end_ns);
  void drop_above(Thread& thread, std::vector<Open>& stack, std::uint32_t depth,
                  std::int64_t time_ns);
  // Facts about the slice that was added to the track last.
  void add_facts(std::uint32_t track_id, const EventFacts& facts);
  void add_instant(const Thread& thread, const Label& label, const std::uint64_t* words,
                   std::int64_t time_ns);
  void range_start(Label label, const std::uint64_t* words, std::int64_t time_ns);
  void range_event(ProcessRange range);
  void add_counter(std::uint32_t name_id, std::string_view text, std::int64_t time_ns,
                   std::uint64_t bits);
  void name_thread(Thread& thread, std::int32_t tid, std::string_view name);

  ChunkBuilder& builder_;
  const TickClock& clock_;
  const StepPattern& steps_;
  std::vector<std::unique_ptr<Thread>> threads_;  // by slot
  std::vector<KnownName> known_names_;            // by handle
  std::vector<ProcessRange> ranges_;
  std::uint32_t range_track_id_ = proto::kNoId;
};

}  // namespace tbprof::collector
