// NVTX v3: ranges and marks of programs that know nothing of us. Each binary with NVTX in it calls
// InitializeInjectionNvtx2 at its first use and has its function pointers set to the functions
// below. Push and pop nest within a thread and a domain; start and end belong to the process.
// No function allocates, throws or waits. Any thread.
#include <errno.h>
#include <wchar.h>

#include <atomic>
#include <bit>

#include "collector/name_table.h"
#include "collector/narrow_text.h"
#include "collector/nvtx_abi.h"
#include "collector/nvtx_domains.h"
#include "collector/operator_name.h"
#include "collector/recorder.h"
#include "collector/window.h"
#include "collector/windowed_events.h"
#include "proto/category.h"

namespace tbprof::collector::nvtx {

namespace {

constexpr auto kAnnotation = static_cast<std::uint8_t>(proto::Category::annotation);
constexpr auto kOperator = static_cast<std::uint8_t>(proto::Category::cpu_operator);
constexpr int kNoPushPop = -2;  // NVTX's own answer where nobody listens

constinit std::atomic<std::uint64_t> g_next_range_id{1};

// Calls use(text, handle) with what the attributes are labelled by: a text, or a handle.
template <typename Use>
auto with_message(const EventAttributes* event, Use&& use) {
  if (event == nullptr || event->size_bytes < sizeof(EventAttributes) ||
      event->message == nullptr) {
    return use("", 0);
  }
  switch (event->message_type) {
    case MessageType::ascii:
      return use(static_cast<const char*>(event->message), 0);
    case MessageType::unicode: {
      const NarrowText narrow(static_cast<const wchar_t*>(event->message));
      return use(narrow.text(), 0);
    }
    case MessageType::registered:
      return use(nullptr,
                 static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(event->message)));
    case MessageType::none:
      break;
  }
  return use("", 0);
}

std::uint32_t domain_number(const void* handle) {
  const auto number = reinterpret_cast<std::uintptr_t>(handle);
  return number < kDomainCount ? static_cast<std::uint32_t>(number) : 0;
}

std::uint64_t payload_of(const EventAttributes& event) {
  switch (static_cast<PayloadType>(event.payload_type)) {
    case PayloadType::unsigned_int32:
      return static_cast<std::uint32_t>(event.payload);
    case PayloadType::int32:
      return static_cast<std::uint64_t>(
          std::int64_t{static_cast<std::int32_t>(static_cast<std::uint32_t>(event.payload))});
    case PayloadType::float32:
      return std::bit_cast<std::uint64_t>(
          double{std::bit_cast<float>(static_cast<std::uint32_t>(event.payload))});
    default:
      return event.payload;
  }
}

// What the program said of the event besides its name. `event` may be null.
EventFacts facts_of(std::uint32_t domain, const EventAttributes* event) {
  EventFacts facts{.domain = domain};
  if (event == nullptr || event->size_bytes < sizeof(EventAttributes)) return facts;
  const auto type = static_cast<PayloadType>(event->payload_type);
  if (type > PayloadType::none && type <= PayloadType::float32) {
    facts.payload_type = type;
    facts.payload = payload_of(*event);
  }
  return facts;
}

void mark(const char* text, std::uint32_t handle, const EventFacts& facts) {
  Ring* ring = ring_for_event();
  if (ring == nullptr || !is_window_open()) return;
  if (facts.is_none()) {
    ring->put(EventKind::instant_named, EventKind::instant_text, handle, text, kAnnotation, 0);
  } else {
    ring->put_with_facts(EventKind::instant_facts_named, EventKind::instant_facts_text, handle,
                         text, kAnnotation, 0, facts);
  }
}

// 0, which is no range's id, if the beginning is not recorded: its end is nothing then.
std::uint64_t start(const char* text, std::uint32_t handle, const EventFacts& facts) {
  const std::uint64_t id = g_next_range_id.fetch_add(1, std::memory_order_relaxed);
  Ring* ring = ring_for_event();  // the first event begins the recording, and only then it is known
  if (is_windowed()) return start_range_windowed(id, text, handle, kAnnotation, facts);
  if (ring == nullptr || !is_window_open()) return 0;
  return put_range_start(*ring, id, text, handle, kAnnotation, facts) ? id : 0;
}

void put_payload(const EventFacts& facts) {
  if (Ring* ring = ring_if_recording()) {
    ring->put(EventKind::payload, EventKind::payload, 0, nullptr,
              static_cast<std::uint32_t>(facts.payload_type), facts.payload, facts.domain);
  }
}

int push(const char* text, std::uint32_t handle, const EventFacts& facts) {
  const std::uint32_t domain = facts.domain;
  Ring* ring = ring_for_event();
  if (ring == nullptr && !is_windowed()) return kNoPushPop;
  const int depth = ring == nullptr ? kNoPushPop : static_cast<int>(ring->depth(domain));
  if (is_windowed() && text != nullptr && is_passed_over(*text)) {
    if (ring != nullptr) ring->pass_begin(domain);
    return depth;
  }
  const OperatorName operation(text);
  const std::uint8_t category = operation.is_operator() ? kOperator : kAnnotation;
  if (operation.is_operator()) text = operation.text();
  bool is_recorded = false;
  if (is_windowed()) {
    is_recorded = begin_range_windowed(domain, text, handle, category) == Begun::recorded;
  } else if (text != nullptr) {
    is_recorded = ring->begin_text(domain, text, category);
  } else {
    is_recorded = ring->begin_named(domain, handle);
  }
  if (is_recorded && facts.payload_type != PayloadType::none) put_payload(facts);
  return depth;
}

int pop(std::uint32_t domain) {
  Ring* ring = ring_if_recording();
  if (ring == nullptr) return kNoPushPop;
  if (!ring->end(domain)) return -1;
  return static_cast<int>(ring->depth(domain));
}

void name_thread(std::uint32_t thread_id, const char* name) {
  Ring* ring = name == nullptr ? nullptr : ring_for_step();
  if (ring != nullptr) {
    ring->put(EventKind::thread_name, EventKind::thread_name, 0, name, kAnnotation, thread_id);
  }
}

const void* handle_pointer(std::uint32_t handle) {
  return reinterpret_cast<const void*>(static_cast<std::uintptr_t>(handle));
}

const void* create_domain(const char* name) {
  return name == nullptr ? nullptr : handle_pointer(domain_named(name));
}

// --- What the program's NVTX calls ------------------------------------------------------------

void mark_ex_in(std::uint32_t domain, const EventAttributes* event) {
  with_message(event, [&](const char* text, std::uint32_t handle) {
    mark(text, handle, facts_of(domain, event));
  });
}
void mark_ex(const EventAttributes* event) { mark_ex_in(0, event); }
void mark_a(const char* text) { mark(text == nullptr ? "" : text, 0, {}); }
void mark_w(const wchar_t* text) { mark(NarrowText(text == nullptr ? L"" : text).text(), 0, {}); }
std::uint64_t start_ex_in(std::uint32_t domain, const EventAttributes* event) {
  return with_message(event, [&](const char* text, std::uint32_t handle) {
    return start(text, handle, facts_of(domain, event));
  });
}
std::uint64_t range_start_ex(const EventAttributes* event) { return start_ex_in(0, event); }
std::uint64_t range_start_a(const char* text) { return start(text == nullptr ? "" : text, 0, {}); }
std::uint64_t range_start_w(const wchar_t* text) {
  return start(NarrowText(text == nullptr ? L"" : text).text(), 0, {});
}
void range_end(std::uint64_t id) {
  if (id == 0) return;
  Ring* ring = ring_if_recording();
  // The range may have begun on another thread: this one's first event then.
  if (ring == nullptr && is_recording()) ring = attach_thread(Wanted::always);
  if (ring != nullptr) ring->put(EventKind::range_end, EventKind::range_end, 0, nullptr, 0, id);
  if (is_windowed()) end_range_windowed(id);
}
int push_ex_in(std::uint32_t domain, const EventAttributes* event) {
  return with_message(event, [&](const char* text, std::uint32_t handle) {
    return push(text, handle, facts_of(domain, event));
  });
}
int range_push_ex(const EventAttributes* event) { return push_ex_in(0, event); }
int range_push_a(const char* text) { return push(text == nullptr ? "" : text, 0, {}); }
int range_push_w(const wchar_t* text) {
  return push(NarrowText(text == nullptr ? L"" : text).text(), 0, {});
}
int range_pop() { return pop(0); }
void name_os_thread_a(std::uint32_t thread_id, const char* name) { name_thread(thread_id, name); }
void name_os_thread_w(std::uint32_t thread_id, const wchar_t* name) {
  if (name != nullptr) name_thread(thread_id, NarrowText(name).text());
}

void domain_mark_ex(const void* domain, const EventAttributes* event) {
  mark_ex_in(domain_number(domain), event);
}
std::uint64_t domain_range_start_ex(const void* domain, const EventAttributes* event) {
  return start_ex_in(domain_number(domain), event);
}
void domain_range_end(const void*, std::uint64_t id) { range_end(id); }
int domain_range_push_ex(const void* domain, const EventAttributes* event) {
  return push_ex_in(domain_number(domain), event);
}
int domain_range_pop(const void* domain) { return pop(domain_number(domain)); }
const void* domain_register_string_a(const void*, const char* text) {
  return text == nullptr ? nullptr : handle_pointer(name_handle(text, kAnnotation));
}
const void* domain_register_string_w(const void*, const wchar_t* text) {
  return text == nullptr ? nullptr
                         : handle_pointer(name_handle(NarrowText(text).text(), kAnnotation));
}
const void* domain_create_a(const char* name) { return create_domain(name); }
const void* domain_create_w(const wchar_t* name) {
  return name == nullptr ? nullptr : create_domain(NarrowText(name).text());
}

struct Entry {
  unsigned int number;
  FunctionPointer function;
};

template <typename Function>
Entry entry(unsigned int number, Function* function) {
  return {number, reinterpret_cast<FunctionPointer>(function)};
}

template <std::size_t kCount>
bool fill_module(const CallbacksTable& callbacks, std::uint32_t module,
                 const Entry (&entries)[kCount]) {
  FunctionTable table = nullptr;
  unsigned int size = 0;
  if (callbacks.get_module_functions(module, &table, &size) == 0 || table == nullptr) return false;
  for (const Entry& one : entries) {
    if (one.number < size && table[one.number] != nullptr) *table[one.number] = one.function;
  }
  return true;
}

bool fill_tables(const CallbacksTable& callbacks) {
  const Entry core[] = {
      entry(kMarkEx, mark_ex),
      entry(kMarkA, mark_a),
      entry(kMarkW, mark_w),
      entry(kRangeStartEx, range_start_ex),
      entry(kRangeStartA, range_start_a),
      entry(kRangeStartW, range_start_w),
      entry(kRangeEnd, range_end),
      entry(kRangePushEx, range_push_ex),
      entry(kRangePushA, range_push_a),
      entry(kRangePushW, range_push_w),
      entry(kRangePop, range_pop),
      entry(kNameOsThreadA, name_os_thread_a),
      entry(kNameOsThreadW, name_os_thread_w),
  };
  const Entry core2[] = {
      entry(kDomainMarkEx, domain_mark_ex),
      entry(kDomainRangeStartEx, domain_range_start_ex),
      entry(kDomainRangeEnd, domain_range_end),
      entry(kDomainRangePushEx, domain_range_push_ex),
      entry(kDomainRangePop, domain_range_pop),
      entry(kDomainRegisterStringA, domain_register_string_a),
      entry(kDomainRegisterStringW, domain_register_string_w),
      entry(kDomainCreateA, domain_create_a),
      entry(kDomainCreateW, domain_create_w),
  };
  const bool has_core = fill_module(callbacks, kModuleCore, core);
  const bool has_core2 = fill_module(callbacks, kModuleCore2, core2);
  return has_core || has_core2;
}

}  // namespace
}  // namespace tbprof::collector::nvtx

// Called by each binary's NVTX at its first use; filling a table twice changes nothing.
extern "C" __attribute__((visibility("default"))) int InitializeInjectionNvtx2(
    tbprof::collector::nvtx::GetExportTable get_export_table) {
  using tbprof::collector::nvtx::CallbacksTable;
  if (get_export_table == nullptr) return 0;
  const auto* callbacks = static_cast<const CallbacksTable*>(
      get_export_table(tbprof::collector::nvtx::kCallbacksTable));
  if (callbacks == nullptr || callbacks->size_bytes < sizeof(CallbacksTable) ||
      callbacks->get_module_functions == nullptr) {
    return 0;
  }
  return tbprof::collector::nvtx::fill_tables(*callbacks) ? 1 : 0;
}
