#include "sampler/sample_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "proto/record_frame.h"
#include "proto/trace_encoder.h"
#include "proto/wire.h"

namespace tbprof::sampler {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr int kMaxAttempts = 1000;
// No program has more call sites than that; one that makes them up is not followed.
constexpr std::size_t kMaxNames = 1 << 20;

std::uint64_t random_file_id() {
  std::uint64_t id = 0;
  if (getrandom(&id, sizeof id, GRND_NONBLOCK) != sizeof id) {
    id = reinterpret_cast<std::uintptr_t>(&id) ^ static_cast<std::uint64_t>(getpid()) << 32;
  }
  return id;
}

}  // namespace

SampleFile::SampleFile() : file_id_(random_file_id()), encoder_(file_id_) {}

SampleFile::~SampleFile() {
  if (fd_ >= 0) close(fd_);
}

std::uint32_t SampleFile::string_id(std::string_view text) {
  if (strings_.size() >= kMaxNames) return proto::kNoId;
  const auto [found, is_new] =
      strings_.try_emplace(std::string(text), static_cast<std::uint32_t>(strings_.size()));
  if (is_new) chunk_.strings.emplace_back(text);
  return found->second;
}

std::uint32_t SampleFile::frame_id(std::string_view function, std::string_view file,
                                   std::uint32_t line) {
  if (frames_.size() >= kMaxNames) return proto::kNoId;
  const proto::SampledFrame frame{string_id(function), string_id(file), line};
  std::string key(sizeof frame, '\0');
  std::memcpy(key.data(), &frame, sizeof frame);
  const auto [found, is_new] =
      frames_.try_emplace(std::move(key), static_cast<std::uint32_t>(frames_.size()));
  if (is_new) chunk_.frames.push_back(frame);
  return found->second;
}

std::uint32_t SampleFile::stack_id(std::uint32_t caller_id, std::uint32_t frame_id) {
  if (stacks_.size() >= kMaxNames) return proto::kNoId;
  const std::uint64_t key = std::uint64_t{caller_id} << 32 | frame_id;
  const auto [found, is_new] = stacks_.try_emplace(key, static_cast<std::uint32_t>(stacks_.size()));
  if (is_new) chunk_.stacks.push_back({caller_id, frame_id});
  return found->second;
}

std::uint32_t SampleFile::add_thread(std::int64_t tid, std::string_view name) {
  const std::uint32_t id = thread_count_++;
  chunk_.threads.push_back({id, tid, string_id(name)});
  return id;
}

void SampleFile::rename_thread(std::uint32_t thread_id, std::int64_t tid, std::string_view name) {
  chunk_.threads.push_back({thread_id, tid, string_id(name)});
}

void SampleFile::add_row(std::uint32_t thread_id, const SampleRow& row) {
  if (chunk_rows_ >= (is_open() ? kMaxRows : kMaxRowsBeforeOpen)) {
    ++dropped_rows_;
    return;
  }
  const auto [found, is_new] = block_index_.try_emplace(thread_id, chunk_.blocks.size());
  if (is_new) chunk_.blocks.emplace_back().thread_id = thread_id;
  proto::SampleBlock& block = chunk_.blocks[found->second];
  block.start_ns.push_back(row.start_ns);
  block.duration_ns.push_back(row.duration_ns);
  block.count.push_back(row.count);
  block.state.push_back(static_cast<std::uint32_t>(row.state));
  block.stack_id.push_back(row.stack_id);
  block.place_id.push_back(row.place_id);
  block.cpu_ns.push_back(row.cpu_ns);
  block.delay_ns.push_back(row.delay_ns);
  ++chunk_rows_;
  ++row_count_;
}

void SampleFile::set_property(std::string key, std::string value) {
  for (proto::Property& property : chunk_.properties) {
    if (property.key != key) continue;
    property.value = std::move(value);
    return;
  }
  chunk_.properties.push_back({std::move(key), std::move(value)});
}

Result<> SampleFile::open(const std::string& stem, proto::TraceHeader header) {
  for (int attempt = 0; attempt < kMaxAttempts && fd_ < 0; ++attempt) {
    path_ = stem + (attempt == 0 ? "" : "-" + std::to_string(attempt)) + kSampleFileEnding;
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno != EEXIST) break;
  }
  if (fd_ < 0) {
    has_failed_ = true;
    return Error{ErrorCode::io, path_ + " cannot be made: " + std::strerror(errno)};
  }
  // By it a reader tells that more may come.
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  fcntl(fd_, F_SETLK, &whole);
  header.file_id = file_id_;
  return append(proto::bytes_of(proto::encode_header(header)));
}

void SampleFile::clear_chunk() {
  proto::SampleChunk next;
  next.sequence = chunk_.sequence + 1;
  next.first_string_id = static_cast<std::uint32_t>(strings_.size());
  next.first_frame_id = static_cast<std::uint32_t>(frames_.size());
  next.first_stack_id = static_cast<std::uint32_t>(stacks_.size());
  chunk_ = std::move(next);
  block_index_.clear();
  chunk_rows_ = 0;
}

Result<> SampleFile::write(std::int64_t covered_until_ns, bool is_last) {
  if (fd_ < 0) return proto::success();
  if (dropped_rows_ > 0) set_property("sampler.dropped_rows", std::to_string(dropped_rows_));
  chunk_.covered_until_ns = covered_until_ns;
  chunk_.is_last = is_last;
  TBPROF_TRY(append(encoder_.encode(chunk_)));
  clear_chunk();
  if (is_last) {
    close(fd_);
    fd_ = -1;
  }
  return proto::success();
}

Result<> SampleFile::append(std::span<const std::uint8_t> payload) {
  std::string record;
  proto::append_record(payload, record);
  std::size_t done = 0;
  while (done < record.size()) {
    const ssize_t written = ::write(fd_, record.data() + done, record.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written > 0) {
      done += static_cast<std::size_t>(written);
      continue;
    }
    const int failure = written < 0 ? errno : EIO;
    // A reader would take the rest for damage.
    [[maybe_unused]] const int status = ftruncate(fd_, static_cast<off_t>(size_bytes_));
    close(fd_);
    fd_ = -1;
    has_failed_ = true;
    return Error{ErrorCode::io, path_ + " takes no more: " + std::strerror(failure)};
  }
  size_bytes_ += record.size();
  return proto::success();
}

}  // namespace tbprof::sampler
