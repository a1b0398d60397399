// tbprof.h as scopes: what is begun ends with its block, also by an exception. Header only; C++11.
// A scope belongs to the thread that made it. See tbprof.h for what holds of all functions.
//
//   for (int64_t number = 0; number < 1000; ++number) {
//     tbprof::Step step(number);
//     { TBPROF_RANGE("load", input); load_batch(); }
//     { tbprof::Range range("forward", tbprof::Category::forward); forward(); }
//   }
#ifndef TBPROF_HPP_
#define TBPROF_HPP_

#include <cstdint>
#include <string>

#include "tbprof.h"

namespace tbprof {

enum class Category : int {
  other = TBPROF_OTHER,
  input = TBPROF_INPUT,
  forward = TBPROF_FORWARD,
  backward = TBPROF_BACKWARD,
  optimizer = TBPROF_OPTIMIZER,
  communication = TBPROF_COMMUNICATION,
  checkpoint = TBPROF_CHECKPOINT,
};

// A name given once, for scopes that open often: `static const tbprof::Name kName("load", …);`
class Name {
 public:
  explicit Name(const char* text, Category category = Category::other) noexcept
      : handle_(tbprof_name(text, static_cast<tbprof_category>(category))) {}
  tbprof_name_t handle() const noexcept { return handle_; }

 private:
  tbprof_name_t handle_;
};

// A range from here to the end of the block.
class Range {
 public:
  explicit Range(const char* name, Category category = Category::other) noexcept
      : begun_(tbprof_range_begin(name, static_cast<tbprof_category>(category)) >= 0) {}
  explicit Range(const std::string& name, Category category = Category::other) noexcept
      : Range(name.c_str(), category) {}
  explicit Range(const Name& name) noexcept
      : begun_(tbprof_range_begin_named(name.handle()) >= 0) {}
  ~Range() {
    if (begun_) tbprof_range_end();
  }
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;

 private:
  bool begun_;  // a refused begin must not end the range around it
};

// One numbered step from here to the end of the block.
class Step {
 public:
  explicit Step(std::int64_t number) noexcept { tbprof_step_begin(number); }
  Step(std::int64_t number, const Name& name) noexcept {
    tbprof_step_begin_named(name.handle(), number);
  }
  ~Step() { tbprof_step_end(); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
};

// Records from here to the end of the block, where windows are on demand.
class Window {
 public:
  explicit Window(const char* label = "") noexcept
      : begun_(tbprof_window_begin(label) == TBPROF_OK) {}
  ~Window() {
    if (begun_) tbprof_window_end();
  }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

 private:
  bool begun_;
};

// As torch.profiler's: `tbprof::set_schedule(tbprof::Schedule().wait(5).warmup(1).active(3))`.
class Schedule {
 public:
  Schedule& wait(std::int64_t steps) noexcept { return set(values_.wait, steps); }
  Schedule& warmup(std::int64_t steps) noexcept { return set(values_.warmup, steps); }
  Schedule& active(std::int64_t steps) noexcept { return set(values_.active, steps); }
  Schedule& repeat(std::int64_t turns) noexcept { return set(values_.repeat, turns); }
  Schedule& skip_first(std::int64_t steps) noexcept { return set(values_.skip_first, steps); }
  const tbprof_schedule& values() const noexcept { return values_; }

 private:
  Schedule& set(std::int64_t& field, std::int64_t value) noexcept {
    field = value;
    return *this;
  }
  tbprof_schedule values_{0, 1, 1, 0, 0};
};

inline int set_schedule(const Schedule& schedule) noexcept {
  return tbprof_set_schedule(&schedule.values());
}
inline bool is_recording() noexcept { return tbprof_is_recording() != 0; }
inline int start(const std::string& logdir, const std::string& run = std::string()) noexcept {
  return tbprof_start(logdir.c_str(), run.c_str());
}
inline int stop() noexcept { return tbprof_stop(); }
inline int flush(int timeout_ms = 2000) noexcept { return tbprof_flush(timeout_ms); }
inline int counter(const char* name, double value) noexcept { return tbprof_counter(name, value); }
inline int counter(const Name& name, double value) noexcept {
  return tbprof_counter_named(name.handle(), value);
}
inline int instant(const char* name, Category category = Category::other) noexcept {
  return tbprof_instant(name, static_cast<tbprof_category>(category));
}
inline int instant(const Name& name) noexcept { return tbprof_instant_named(name.handle()); }
inline int name_thread(const char* name) noexcept { return tbprof_name_thread(name); }

}  // namespace tbprof

#define TBPROF_JOIN_(a, b) a##b
#define TBPROF_JOIN(a, b) TBPROF_JOIN_(a, b)
// A range over the rest of the block, its name given once for the place in the code:
// TBPROF_RANGE("load", input). The text must be the same at every pass.
#define TBPROF_RANGE(text, category)                                                             \
  static const ::tbprof::Name TBPROF_JOIN(tbprof_name_, __LINE__)(text,                          \
                                                                  ::tbprof::Category::category); \
  const ::tbprof::Range TBPROF_JOIN(tbprof_range_, __LINE__)(TBPROF_JOIN(tbprof_name_, __LINE__))

#endif  // TBPROF_HPP_
