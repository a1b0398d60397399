// NVTX v3: ranges and marks of programs that know nothing of us. Each binary with NVTX in it calls
// InitializeInjectionNvtx2 at its first use and has its function pointers set to the functions
// below. Push and pop nest within a thread and a domain; start and end belong to the process.
// No function allocates, throws or waits. Any thread.
#include <errno.h>
#include <wchar.h>

#include <atomic>
#include <bit>

#include "collector/name_table.h"
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

// A wide text as UTF-8, cut to what a name may hold.
class NarrowText {
 public:
  explicit NarrowText(const wchar_t* wide) {
    std::size_t size = 0;
    for (; *wide != 0 && size + 4 <= kMaxNameBytes; ++wide) size += put(text_ + size, *wide);
    text_[size] = 0;
  }
  const char* text() const { return text_; }

 private:
  static std::size_t put(char* at, wchar_t wide) {
    const auto code = static_cast<std::uint32_t>(wide);
    if (code < 0x80) {
      at[0] = static_cast<char>(code);
      return 1;
    }
    if (code < 0x800) {
      at[0] = static_cast<char>(0xc0 | code >> 6);
      at[1] = static_cast<char>(0x80 | (code & 0x3f));
      return 2;
    }
    if (code < 0x10000) {
      at[0] = static_cast<char>(0xe0 | code >> 12);
      at[1] = static_cast<char>(0x80 | (code >> 6 & 0x3f));
      at[2] = static_cast<char>(0x80 | (code & 0x3f));
      return 3;
    }
    at[0] = static_cast<char>(0xf0 | (code >> 18 & 0x07));
    at[1] = static_cast<char>(0x80 | (code >> 12 & 0x3f));
    at[2] = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    at[3] = static_cast<char>(0x80 | (code & 0x3f));
    return 4;
  }
  char text_[kMaxNameBytes + 1];
};

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

// false if it is not recorded.
bool put(EventKind named, EventKind text_kind, const char* text, std::uint32_t handle,
         std::uint64_t value) {
  Ring* ring = ring_for_event();
  return ring != nullptr && is_window_open() &&
         ring->put(named, text_kind, handle, text, kAnnotation, value);
}

void mark(const char* text, std::uint32_t handle) {
  put(EventKind::instant_named, EventKind::instant_text, text, handle, 0);
}

// 0, which is no range's id, if the beginning is not recorded: its end is nothing then.
std::uint64_t start(const char* text, std::uint32_t handle) {
  const std::uint64_t id = g_next_range_id.fetch_add(1, std::memory_order_relaxed);
  ring_for_event();  // the first event begins the recording, and only then it is known
  if (is_windowed()) return start_range_windowed(id, text, handle, kAnnotation);
  const bool is_recorded =
      put(EventKind::range_start_named, EventKind::range_start_text, text, handle, id);
  return is_recorded ? id : 0;
}

// What the program hung to the range that it has just begun.
void put_payload(std::uint32_t domain, const EventAttributes& event) {
  const auto type = static_cast<PayloadType>(event.payload_type);
  std::uint64_t value = event.payload;
  switch (type) {
    case PayloadType::unsigned_int32:
      value = static_cast<std::uint32_t>(value);
      break;
    case PayloadType::int32:
      value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
      break;
    case PayloadType::float32:
      value = std::bit_cast<std::uint64_t>(
          double{std::bit_cast<float>(static_cast<std::uint32_t>(value))});
      break;
    case PayloadType::unsigned_int64:
    case PayloadType::int64:
    case PayloadType::float64:
      break;
    default:
      return;
  }
  if (Ring* ring = ring_if_recording()) {
    ring->put(EventKind::payload, EventKind::payload, 0, nullptr,
              static_cast<std::uint32_t>(event.payload_type), value, domain);
  }
}

int push(std::uint32_t domain, const char* text, std::uint32_t handle,
         const EventAttributes* event = nullptr) {
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
  if (is_recorded && event != nullptr && event->payload_type != 0) put_payload(domain, *event);
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

void mark_ex(const EventAttributes* event) { with_message(event, mark); }
void mark_a(const char* text) { mark(text == nullptr ? "" : text, 0); }
void mark_w(const wchar_t* text) { mark(NarrowText(text == nullptr ? L"" : text).text(), 0); }
std::uint64_t range_start_ex(const EventAttributes* event) { return with_message(event, start); }
std::uint64_t range_start_a(const char* text) { return start(text == nullptr ? "" : text, 0); }
std::uint64_t range_start_w(const wchar_t* text) {
  return start(NarrowText(text == nullptr ? L"" : text).text(), 0);
}
void range_end(std::uint64_t id) {
  if (id == 0) return;
  Ring* ring = ring_if_recording();
  // The range may have begun on another thread: this one's first event then.
  if (ring == nullptr && is_recording()) ring = attach_thread(Wanted::always);
  if (ring != nullptr) ring->put(EventKind::range_end, EventKind::range_end, 0, nullptr, 0, id);
  if (is_windowed()) end_range_windowed(id);
}
int push_ex(std::uint32_t domain, const EventAttributes* event) {
  const bool is_whole = event != nullptr && event->size_bytes >= sizeof(EventAttributes);
  return with_message(event, [&](const char* text, std::uint32_t handle) {
    return push(domain, text, handle, is_whole ? event : nullptr);
  });
}
int range_push_ex(const EventAttributes* event) { return push_ex(0, event); }
int range_push_a(const char* text) { return push(0, text == nullptr ? "" : text, 0); }
int range_push_w(const wchar_t* text) {
  return push(0, NarrowText(text == nullptr ? L"" : text).text(), 0);
}
int range_pop() { return pop(0); }
void name_os_thread_a(std::uint32_t thread_id, const char* name) { name_thread(thread_id, name); }
void name_os_thread_w(std::uint32_t thread_id, const wchar_t* name) {
  if (name != nullptr) name_thread(thread_id, NarrowText(name).text());
}

void domain_mark_ex(const void*, const EventAttributes* event) { mark_ex(event); }
std::uint64_t domain_range_start_ex(const void*, const EventAttributes* event) {
  return range_start_ex(event);
}
void domain_range_end(const void*, std::uint64_t id) { range_end(id); }
int domain_range_push_ex(const void* domain, const EventAttributes* event) {
  return push_ex(domain_number(domain), event);
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
