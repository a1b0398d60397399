// Reading TFRecord streams that are whole, cut, grown or damaged.
#include "proto/record_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "proto/record_frame.h"
#include "proto/record_recovery.h"
#include "proto/wire.h"
#include "tests/proto/sample_trace.h"

namespace tbprof::tests::proto {
namespace {

using Payloads = std::vector<std::string>;

std::string stream_of(const Payloads& payloads) {
  std::string stream;
  for (const std::string& payload : payloads) append_record(bytes_of(payload), stream);
  return stream;
}

struct Reading {
  Payloads payloads;
  ReadStatus last = ReadStatus::end;
  RecordDamage damage;
  std::uint64_t offset = 0;
  bool tail_is_damaged = false;
};

Reading read_all(const std::string& stream, RecordReaderOptions options = {}) {
  RecordReader reader(bytes_of(stream), 0, options);
  Reading reading;
  RecordView view;
  while ((reading.last = reader.next(view)) == ReadStatus::record) {
    reading.payloads.emplace_back(text_of(view.payload));
  }
  EXPECT_EQ(reader.next(view), reading.last) << "the end must stay the end";
  reading.damage = reader.damage();
  reading.offset = reader.offset();
  reading.tail_is_damaged = reader.tail_is_damaged();
  return reading;
}

std::uint64_t begin_of(const Payloads& payloads, std::size_t index) {
  return stream_of({payloads.begin(), payloads.begin() + static_cast<std::ptrdiff_t>(index)})
      .size();
}

Payloads without(Payloads payloads, std::size_t index) {
  payloads.erase(payloads.begin() + static_cast<std::ptrdiff_t>(index));
  return payloads;
}

void overwrite(std::string& stream, std::uint64_t begin, std::uint64_t size) {
  std::mt19937_64 random(begin);
  for (std::uint64_t i = begin; i < begin + size; ++i) {
    stream[i] = static_cast<char>(stream[i] ^ (1 + random() % 255));
  }
}

std::string random_text(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

const Payloads kPlain = {"first", "", std::string(5000, 'x'), "fourth", random_text(300, 1), "end"};

TEST(RecordFrame, Crc32cVectors) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\0'))), 0x8a9136aau);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\xff'))), 0x62a8ab43u);
  EXPECT_EQ(crc32c({}), 0u);
  EXPECT_EQ(mask_crc32c(crc32c(bytes_of("\x1a\x11"
                                        "CRC test, one two"))),
            0x5794d08au);
}

TEST(RecordFrame, FirstRecordOfAnEventFile) {
  // wall_time as a double, then file_version.
  const std::string event(
      "\x09\x00\x00\x80\x38\x99\xd6\xd7\x41\x1a\x0d"
      "brain.Event:2",
      24);
  const std::string expected = std::string("\x18\x00\x00\x00\x00\x00\x00\x00\xa3\x7f\x4b\x22", 12) +
                               event + "\x12\x4b\x36\xab";
  EXPECT_EQ(stream_of({event}), expected);
}

TEST(RecordFrame, InstructionAndTableAgreeAtEveryLengthAndSeed) {
  const std::string text = random_text(20'000, 7);
  for (std::size_t size = 0; size < text.size(); size += size < 200 ? 1 : 997) {
    const auto bytes = bytes_of(text).first(size);
    EXPECT_EQ(crc32c(bytes), crc32c_by_table(bytes)) << size;
    const std::size_t half = size / 3;
    EXPECT_EQ(crc32c(bytes.subspan(half), crc32c(bytes.first(half))), crc32c(bytes)) << size;
  }
}

TEST(RecordFrame, FindsHeadersWhereTheyAre) {
  const std::string stream = random_text(1000, 3) + stream_of(kPlain);
  EXPECT_EQ(find_frame_header(bytes_of(stream), 0), 1000u);
  EXPECT_EQ(find_frame_header(bytes_of(stream), 1001), 1000 + begin_of(kPlain, 1));
  EXPECT_EQ(find_frame_header(bytes_of(stream), stream.size()), stream.size());
  EXPECT_EQ(find_frame_header(bytes_of(stream), stream.size() + 5), stream.size());
}

TEST(RecordReader, ReadsWholeStream) {
  const Reading reading = read_all(stream_of(kPlain));
  EXPECT_EQ(reading.payloads, kPlain);
  EXPECT_EQ(reading.last, ReadStatus::end);
  EXPECT_FALSE(reading.damage.any());
  EXPECT_EQ(read_all("").last, ReadStatus::end);
}

TEST(RecordReader, EveryTruncationGivesTheWholeRecordsAndAShortTail) {
  const std::string stream = stream_of(kPlain);
  std::set<std::uint64_t> ends;
  for (std::size_t i = 0; i <= kPlain.size(); ++i) ends.insert(begin_of(kPlain, i));
  for (std::size_t size = 0; size < stream.size(); ++size) {
    const Reading reading = read_all(stream.substr(0, size));
    const std::uint64_t whole = *std::prev(ends.upper_bound(size));
    EXPECT_EQ(reading.offset, whole);
    EXPECT_EQ(reading.last, whole == size ? ReadStatus::end : ReadStatus::short_tail) << size;
    EXPECT_EQ(stream_of(reading.payloads).size(), whole);
    EXPECT_FALSE(reading.damage.any());
    EXPECT_FALSE(reading.tail_is_damaged);
  }
}

TEST(RecordReader, GoesOnWhereAGrownFileWasLeft) {
  const std::string stream = stream_of(kPlain);
  for (std::size_t step = 1; step < 700; step += 13) {
    Payloads payloads;
    std::uint64_t offset = 0;
    for (std::size_t size = 0;; size = std::min(size + step, stream.size())) {
      RecordReader reader(bytes_of(stream).subspan(offset, size - offset), offset);
      RecordView view;
      while (reader.next(view) == ReadStatus::record) {
        EXPECT_EQ(view.offset, begin_of(kPlain, payloads.size()));
        payloads.emplace_back(text_of(view.payload));
      }
      EXPECT_FALSE(reader.damage().any());
      offset = reader.offset();
      if (size == stream.size()) break;
    }
    EXPECT_EQ(payloads, kPlain);
  }
}

TEST(RecordReader, AnyFlippedByteCostsAtMostItsRecord) {
  const std::string whole = stream_of(kPlain);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string stream = whole;
      stream[i] = static_cast<char>(stream[i] ^ flip);
      const Reading reading = read_all(stream);
      std::size_t hit = 0;
      while (begin_of(kPlain, hit + 1) <= i) ++hit;
      const bool in_header = i - begin_of(kPlain, hit) < kFrameHeaderBytes;
      EXPECT_EQ(reading.payloads, in_header ? kPlain : without(kPlain, hit)) << i;
      EXPECT_EQ(reading.damage.bad_lengths, in_header ? 1u : 0u) << i;
      EXPECT_EQ(reading.damage.bad_payloads, in_header ? 0u : 1u) << i;
      EXPECT_EQ(reading.damage.first_offset, begin_of(kPlain, hit));
      EXPECT_EQ(reading.last, ReadStatus::end);
    }
  }
}

TEST(RecordReader, ARecordWithoutItsWholeHeaderIsFoundByItsOwnChecksum) {
  for (std::size_t hit = 0; hit < kPlain.size(); ++hit) {
    std::string stream = stream_of(kPlain);
    overwrite(stream, begin_of(kPlain, hit), kFrameHeaderBytes);
    const Reading reading = read_all(stream);
    EXPECT_EQ(reading.payloads, kPlain) << hit;
    EXPECT_EQ(reading.damage.bad_lengths, 1u);
    EXPECT_EQ(reading.damage.skipped_bytes, 0u);
  }
}

TEST(RecordReader, ARecordDamagedInHeaderAndPayloadIsSkipped) {
  for (std::size_t hit = 0; hit + 1 < kPlain.size(); ++hit) {
    if (kPlain[hit].empty()) continue;
    std::string stream = stream_of(kPlain);
    overwrite(stream, begin_of(kPlain, hit), kFrameHeaderBytes + 1);
    const Reading reading = read_all(stream);
    EXPECT_EQ(reading.payloads, without(kPlain, hit)) << hit;
    EXPECT_EQ(reading.damage.bad_lengths, 1u);
    EXPECT_EQ(reading.damage.skipped_bytes, begin_of(kPlain, hit + 1) - begin_of(kPlain, hit));
  }
}

TEST(RecordReader, NothingBehindADamagedLengthWaitsThere) {
  std::string stream = stream_of(kPlain);
  const std::uint64_t last = begin_of(kPlain, kPlain.size() - 1);
  overwrite(stream, last, kFrameHeaderBytes + 1);
  const Reading reading = read_all(stream);
  EXPECT_EQ(reading.last, ReadStatus::short_tail);
  EXPECT_TRUE(reading.tail_is_damaged);
  EXPECT_EQ(reading.offset, last);
  EXPECT_FALSE(reading.damage.any()) << "counted when it is passed, not each time it is seen";
  // The file grows, and what follows is found.
  append_record(bytes_of("new"), stream);
  Payloads expected = without(kPlain, kPlain.size() - 1);
  expected.emplace_back("new");
  EXPECT_EQ(read_all(stream).payloads, expected);
}

TEST(RecordReader, ForgedLengths) {
  // Beyond the end: a tail that may yet come. Beyond the limit: damage.
  std::string forged;
  const std::uint64_t length = 1 << 20;
  const std::uint32_t crc =
      mask_crc32c(crc32c({reinterpret_cast<const std::uint8_t*>(&length), sizeof length}));
  forged.append(reinterpret_cast<const char*>(&length), sizeof length);
  forged.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  const std::string stream = stream_of({"a"}) + forged + stream_of({"b", "c"});
  const Reading tail = read_all(stream);
  EXPECT_EQ(tail.payloads, Payloads{"a"});
  EXPECT_EQ(tail.last, ReadStatus::short_tail);
  RecordReaderOptions options;
  options.max_payload_bytes = 1000;
  const Reading damage = read_all(stream, options);
  EXPECT_EQ(damage.payloads, (Payloads{"a", "b", "c"}));
  EXPECT_EQ(damage.damage.bad_lengths, 1u);
  EXPECT_EQ(damage.last, ReadStatus::end);
}

// The record that is damaged holds a whole stream of records, which must not come out.
Payloads with_nested_stream() {
  const std::string inner = stream_of({"inner 1", "inner 2", random_text(200, 9), "inner 4"});
  return {"before", "head" + inner + "tail", inner, "behind " + inner, "after 1", "after 2"};
}

TEST(RecordReader, NestedStreamWithDamagedLengthIsDeliveredWhole) {
  const Payloads payloads = with_nested_stream();
  for (std::size_t hit = 0; hit < payloads.size(); ++hit) {
    for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{5}, kFrameHeaderBytes + 0ul}) {
      std::string stream = stream_of(payloads);
      overwrite(stream, begin_of(payloads, hit), size);
      EXPECT_EQ(read_all(stream).payloads, payloads) << hit << " " << size;
    }
  }
}

TEST(RecordReader, NestedStreamWithDamagedLengthAndPayloadIsSkippedWhole) {
  const Payloads payloads = with_nested_stream();
  for (std::size_t hit = 1; hit + 1 < payloads.size(); ++hit) {
    const std::uint64_t begin = begin_of(payloads, hit);
    const std::uint64_t end = begin_of(payloads, hit + 1);
    for (std::uint64_t also = begin + kFrameHeaderBytes; also < end; ++also) {
      std::string two_bytes = stream_of(payloads);
      overwrite(two_bytes, begin + also % kFrameHeaderBytes, 1);
      overwrite(two_bytes, also, 1);
      EXPECT_EQ(read_all(two_bytes).payloads, without(payloads, hit)) << hit << " " << also;
      std::string one_stretch = stream_of(payloads);
      overwrite(one_stretch, begin, also - begin + 1);
      EXPECT_EQ(read_all(one_stretch).payloads, without(payloads, hit)) << hit << " " << also;
    }
  }
}

TEST(RecordReader, NestedStreamInTheLastRecordDoesNotComeOut) {
  for (const std::size_t count : {std::size_t{2}, std::size_t{3}, std::size_t{4}}) {
    Payloads payloads = with_nested_stream();
    payloads.resize(count);
    const std::string whole = stream_of(payloads);
    const std::uint64_t begin = begin_of(payloads, count - 1);
    std::string stream = whole;
    overwrite(stream, begin, kFrameHeaderBytes);
    EXPECT_EQ(read_all(stream).payloads, payloads);
    payloads.pop_back();
    for (std::uint64_t also = begin + kFrameHeaderBytes; also < whole.size(); ++also) {
      stream = whole;
      overwrite(stream, begin, also - begin + 1);
      const Reading reading = read_all(stream);
      EXPECT_EQ(reading.payloads, payloads) << count << " " << also;
      EXPECT_TRUE(reading.tail_is_damaged);
    }
  }
}

TEST(RecordReader, SeveralDamagedRegions) {
  Payloads payloads;
  for (std::uint64_t i = 0; i < 400; ++i) payloads.push_back(random_text(50 + i % 700, i));
  std::vector<std::uint64_t> begins;
  for (std::size_t i = 0; i < payloads.size(); ++i) begins.push_back(begin_of(payloads, i));
  const std::string whole = stream_of(payloads);
  std::mt19937_64 random(5);
  for (int round = 0; round < 50; ++round) {
    std::string stream = whole;
    std::set<std::size_t> hit;
    for (int region = 0; region < 4; ++region) {  // each as large as a few records
      const std::uint64_t size = 1 + random() % 1500;
      // Begins inside a record, behind its header.
      const std::uint64_t begin = begins[random() % 390] + kFrameHeaderBytes + 20;
      overwrite(stream, begin, size);
      for (std::size_t i = 0; i < payloads.size(); ++i) {
        const std::uint64_t record = begins[i];
        if (record < begin + size && record + payloads[i].size() + 16 > begin) hit.insert(i);
      }
    }
    const Reading reading = read_all(stream);
    // Nothing but what was written, in order; nothing lost that was not touched.
    std::size_t next = 0;
    for (std::size_t i = 0; i < payloads.size(); ++i) {
      if (next < reading.payloads.size() && reading.payloads[next] == payloads[i]) {
        ++next;
      } else {
        EXPECT_TRUE(hit.contains(i)) << "round " << round << " lost record " << i;
      }
    }
    EXPECT_EQ(next, reading.payloads.size());
    EXPECT_TRUE(reading.damage.any() || hit.empty() || reading.tail_is_damaged);
  }
}

TEST(RecordReader, InDoubtNothingIsDelivered) {
  // Between two records whose header and payload are both lost, no byte tells whether the records
  // are the stream's own or lie in the first one's payload.
  const Payloads payloads = {"before", random_text(99, 1), "a", "b", random_text(99, 2), "after"};
  std::string stream = stream_of(payloads);
  overwrite(stream, begin_of(payloads, 1), 50);
  overwrite(stream, begin_of(payloads, 4), 50);
  const Reading reading = read_all(stream);
  EXPECT_EQ(reading.payloads, (Payloads{"before", "after"}));
  EXPECT_EQ(reading.damage.skipped_bytes, begin_of(payloads, 5) - begin_of(payloads, 1));
}

TEST(RecordReader, ARepairedLengthIsCheckedWithinTheBudget) {
  std::string stream = stream_of({std::string(5000, 'x'), "next"});
  overwrite(stream, 8, 1);  // the checksum of the first length
  const RecordReaderOptions options;
  const RecordFrames frames(bytes_of(stream), options);
  std::uint64_t budget_bytes = 5000;
  const Recovery checked = find_next_record(frames, 0, budget_bytes);
  EXPECT_TRUE(checked.found);
  EXPECT_TRUE(checked.payload_is_intact);
  EXPECT_EQ(budget_bytes, 0u);
  const Recovery unchecked = find_next_record(frames, 0, budget_bytes);
  EXPECT_TRUE(unchecked.found);
  EXPECT_FALSE(unchecked.payload_is_intact);
  EXPECT_EQ(unchecked.next, checked.next);
}

TEST(RecordReader, AStretchWithoutAWholeRecordEndsTheReading) {
  RecordReaderOptions options;
  options.max_barren_bytes = 10'000;
  const std::string before = stream_of({"a", "b"});
  const std::string after = stream_of({"c", "d"});
  // As far as that is looked for the next record, no further.
  EXPECT_EQ(read_all(before + std::string(9'000, '\0') + after, options).payloads.size(), 4u);
  const Reading zeros = read_all(before + std::string(20'000, '\0') + after, options);
  EXPECT_EQ(zeros.payloads, (Payloads{"a", "b"}));
  EXPECT_EQ(zeros.last, ReadStatus::short_tail);
  EXPECT_TRUE(zeros.tail_is_damaged);
  EXPECT_EQ(zeros.offset, before.size());
  // Records whose payloads are damaged count as little.
  std::string damaged = stream_of(Payloads(10, std::string(4'000, 'x')));
  for (std::size_t i = 100; i < damaged.size(); i += 4'016) damaged[i] = 'y';
  const Reading payloads = read_all(before + damaged + after, options);
  EXPECT_EQ(payloads.payloads, (Payloads{"a", "b"}));
  EXPECT_TRUE(payloads.tail_is_damaged);
  EXPECT_EQ(payloads.damage.bad_payloads, 3u);
}

TEST(RecordReader, GarbageIsReadInOnePass) {
  // The search may look at bytes again, but only within its budget; without that, the third kind
  // would take days.
  std::string garbage = random_text(4 << 20, 11);
  std::string headers;
  const std::string header = stream_of({std::string(1 << 20, 'x')}).substr(0, kFrameHeaderBytes);
  while (headers.size() < garbage.size()) headers += header;
  std::string chains;
  for (std::uint64_t i = 0; chains.size() < garbage.size(); ++i) {
    chains += stream_of({"a"}) + random_text(20, i);
  }
  for (const std::string* stream : {&garbage, &headers, &chains}) {
    const Reading reading = read_all("damaged start" + *stream);
    for (const std::string& payload : reading.payloads) EXPECT_EQ(payload, "a");
  }
}

}  // namespace
}  // namespace tbprof::tests::proto
