// Record streams of any bytes, with and without checksums, and good streams with damage: what comes
// out must be what was put in, less what is lost.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "proto/record_frame.h"
#include "proto/record_reader.h"
#include "proto/wire.h"

namespace {

using namespace tbprof::proto;
using Bytes = std::span<const std::uint8_t>;

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<Bytes> read_all(Bytes stream, const RecordReaderOptions& options) {
  RecordReader reader(stream, 0, options);
  RecordView view;
  std::vector<Bytes> payloads;
  std::uint64_t before = 0;
  ReadStatus status;
  while ((status = reader.next(view)) == ReadStatus::record) {
    require(view.offset >= before && reader.offset() > view.offset);
    require(reader.offset() <= stream.size());
    require(view.payload.data() >= stream.data() &&
            view.payload.data() + view.payload.size() <= stream.data() + stream.size());
    before = reader.offset();
    payloads.push_back(view.payload);
  }
  require(status != ReadStatus::end || reader.offset() == stream.size());
  require(reader.damage().skipped_bytes <= stream.size());
  return payloads;
}

class Script {
 public:
  explicit Script(Bytes bytes) : bytes_(bytes) {}
  std::size_t number(std::size_t size_bytes) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < size_bytes && at_ < bytes_.size(); ++i) {
      value = value << 8 | bytes_[at_++];
    }
    return value;
  }
  std::string text(std::size_t size) {
    std::string result;
    for (std::size_t i = 0; i < size; ++i) {
      result += static_cast<char>(at_ < bytes_.size() ? bytes_[at_++] : i * 7);
    }
    return result;
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

// How many records, how long each; how many changes, where each and which.
void read_damaged(Bytes bytes) {
  Script script(bytes);
  std::vector<std::string> written;
  for (std::size_t count = script.number(1) % 8; count > 0; --count) {
    written.push_back(script.text(script.number(1)));
  }
  std::string stream;
  for (const std::string& payload : written) append_record(bytes_of(payload), stream);
  if (stream.empty()) return;
  for (std::size_t count = script.number(1) % 6; count > 0; --count) {
    const std::size_t place = script.number(2) % stream.size();
    stream[place] = static_cast<char>(stream[place] ^ script.number(1));
  }
  std::size_t found = 0;
  const std::vector<Bytes> payloads = read_all(bytes_of(stream), {});
  for (const std::string& payload : written) {
    found += found < payloads.size() && text_of(payloads[found]) == payload;
  }
  require(found == payloads.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes(data + 1, size - 1);
  RecordReaderOptions options;
  options.verify_checksums = data[0] % 3 != 0;
  options.max_payload_bytes = 1 << 20;
  if (data[0] % 3 == 2) {
    read_damaged(bytes);
  } else {
    (void)read_all(bytes, options);
  }
  return 0;
}
