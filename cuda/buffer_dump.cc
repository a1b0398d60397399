#include "cuda/buffer_dump.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vector>

namespace tbprof::cuda {

namespace {

constexpr char kFolderVariable[] = "TBPROF_DUMP_BUFFERS";
constexpr int kMostBuffers = 32;

void write_all(int fd, const void* data, std::size_t size_bytes) {
  const auto* from = static_cast<const std::uint8_t*>(data);
  while (size_bytes > 0) {
    const ssize_t count = write(fd, from, size_bytes);
    if (count <= 0) return;
    from += count;
    size_bytes -= static_cast<std::size_t>(count);
  }
}

int create(const char* folder, int number, const char* ending) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%d_%02d.%s", folder, getpid(), number, ending);
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

// The text that a record points to, in the structs that all versions share; nullptr if it has none.
const char* text_of(const CUpti_Activity& record) {
  switch (record.kind) {
    case CUPTI_ACTIVITY_KIND_KERNEL:
    case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL:
      return reinterpret_cast<const CUpti_ActivityKernel9&>(record).name;
    case CUPTI_ACTIVITY_KIND_DEVICE:
      return reinterpret_cast<const CUpti_ActivityDevice4&>(record).name;
    case CUPTI_ACTIVITY_KIND_MARKER:
      return reinterpret_cast<const CUpti_ActivityMarker2&>(record).name;
    case CUPTI_ACTIVITY_KIND_MEMORY2:
      return reinterpret_cast<const CUpti_ActivityMemory2&>(record).name;
    default:
      return nullptr;
  }
}

void write_strings(const CuptiLibrary& cupti, std::uint32_t version, std::uint8_t* data,
                   std::size_t valid_bytes, int fd) {
  char line[64];
  write_all(fd, line, snprintf(line, sizeof line, "cupti %u\n", version));
  // Few: a program has far fewer names than launches.
  std::vector<const char*> known;
  CUpti_Activity* record = nullptr;
  while (cupti.get_next_record(data, valid_bytes, &record) == CUPTI_SUCCESS) {
    const char* text = text_of(*record);
    bool is_new = text != nullptr;
    for (const char* other : known) is_new = is_new && other != text;
    if (!is_new) continue;
    known.push_back(text);
    write_all(fd, line, snprintf(line, sizeof line, "%p ", static_cast<const void*>(text)));
    write_all(fd, text, strlen(text));
    write_all(fd, "\n", 1);
  }
}

}  // namespace

void dump_buffer(const CuptiLibrary& cupti, std::uint32_t version, std::uint8_t* data,
                 std::size_t valid_bytes) {
  static int written = 0;
  const char* folder = getenv(kFolderVariable);
  if (folder == nullptr || *folder == 0 || written >= kMostBuffers) return;
  const int buffer = create(folder, written, "buffer");
  const int strings = create(folder, written, "strings");
  ++written;
  if (buffer >= 0) {
    write_all(buffer, data, valid_bytes);
    close(buffer);
  }
  if (strings >= 0) {
    write_strings(cupti, version, data, valid_bytes, strings);
    close(strings);
  }
}

}  // namespace tbprof::cuda
