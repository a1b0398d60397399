// Validators, ranges, compression and HEAD, on the function and over a socket.
#include "server/delivery.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "server/gzip.h"
#include "tests/server/raw_client.h"
#include "tests/server/test_server.h"

namespace tbprof::server {
namespace {

std::string gunzip(const std::string& packed) {
  std::string text(1 << 20, '\0');
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  std::size_t size = 0;
  const auto result = libdeflate_gzip_decompress(decompressor, packed.data(), packed.size(),
                                                 text.data(), text.size(), &size);
  libdeflate_free_decompressor(decompressor);
  return result == LIBDEFLATE_SUCCESS ? text.substr(0, size) : "not gzip";
}

struct RangeCase {
  const char* field;
  RangeVerdict verdict;
  std::uint64_t first;
  std::uint64_t last;
};

TEST(Range, IsReadAsTheStandardHasIt) {
  const RangeCase cases[] = {{"bytes=0-0", RangeVerdict::satisfiable, 0, 0},
                             {"bytes=2-5", RangeVerdict::satisfiable, 2, 5},
                             {"bytes=2-", RangeVerdict::satisfiable, 2, 9},
                             {"bytes=-3", RangeVerdict::satisfiable, 7, 9},
                             {"bytes=-30", RangeVerdict::satisfiable, 0, 9},
                             {"bytes=5-500", RangeVerdict::satisfiable, 5, 9},
                             {"bytes=0-99999999999999999999", RangeVerdict::satisfiable, 0, 9},
                             {"bytes=99999999999999999999-", RangeVerdict::unsatisfiable, 0, 0},
                             {"BYTES=1-2", RangeVerdict::satisfiable, 1, 2},
                             {"bytes=10-", RangeVerdict::unsatisfiable, 0, 0},
                             {"bytes=10-20", RangeVerdict::unsatisfiable, 0, 0},
                             {"bytes=-0", RangeVerdict::unsatisfiable, 0, 0},
                             {"bytes=5-2", RangeVerdict::none, 0, 0},
                             {"bytes=0-1,4-5", RangeVerdict::none, 0, 0},
                             {"bytes=-", RangeVerdict::none, 0, 0},
                             {"bytes=", RangeVerdict::none, 0, 0},
                             {"bytes=a-b", RangeVerdict::none, 0, 0},
                             {"bytes=1-2x", RangeVerdict::none, 0, 0},
                             {"bytes=--1", RangeVerdict::none, 0, 0},
                             {"items=0-1", RangeVerdict::none, 0, 0},
                             {"bytes", RangeVerdict::none, 0, 0}};
  for (const RangeCase& known : cases) {
    ByteRange range;
    EXPECT_EQ(parse_range(known.field, 10, range), known.verdict) << known.field;
    EXPECT_EQ(range.first, known.first) << known.field;
    EXPECT_EQ(range.last, known.last) << known.field;
  }
  ByteRange range;
  EXPECT_EQ(parse_range("bytes=0-", 0, range), RangeVerdict::unsatisfiable);
  EXPECT_EQ(parse_range("bytes=-1", 0, range), RangeVerdict::unsatisfiable);
}

TEST(Gzip, IsSentOnlyToThoseWhoTakeIt) {
  for (const char* field :
       {"gzip", "deflate, gzip", "GZIP;q=0.5", "*", "br;q=1.0, gzip;q=0.8, *;q=0.1"}) {
    EXPECT_TRUE(accepts_gzip(field)) << field;
  }
  for (const char* field :
       {"", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *", "xgzip"}) {
    EXPECT_FALSE(accepts_gzip(field)) << field;
  }
}

TEST(Disposition, NothingEndsTheField) {
  EXPECT_EQ(content_disposition("a\"; x=\"b\r\nEvil: 1.csv"),
            "attachment; filename=\"a___x__b__Evil__1.csv\"");
}

class Delivered : public testing::Test {
 protected:
  tests::RawAnswer ask(const std::string& target, const std::string& fields = "",
                       const std::string& method = "GET") {
    return tests::ask(server_.port, target, tests::kBearer + fields, method);
  }
  tests::TestServer server_;
  const std::string large_ = "/data/plugin/demo/large?capture=cap-a&size=50000";
  const std::string file_ = "/data/capture/cap-a/file";
};

TEST_F(Delivered, CompressesWhatIsLarge) {
  const auto plain = ask(large_);
  EXPECT_EQ(plain.body.size(), 50'000u);
  EXPECT_EQ(plain.field("vary"), "Accept-Encoding");
  const auto packed = ask(large_, "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(packed.field("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 5'000u);
  EXPECT_EQ(gunzip(packed.body), plain.body);
  EXPECT_NE(packed.field("etag"), plain.field("etag"));
  EXPECT_EQ(ask("/data/health", "Accept-Encoding: gzip\r\n").field("content-encoding"), "");
}

TEST_F(Delivered, AnswersWithNothingToWhoHasIt) {
  for (const char* encoding : {"", "Accept-Encoding: gzip\r\n"}) {
    const std::string etag = ask(large_, encoding).field("etag");
    ASSERT_GE(etag.size(), 10u);
    const auto again =
        ask(large_, std::string(encoding) + "If-None-Match: \"x\", " + etag + "\r\n");
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.field("etag"), etag);
    EXPECT_EQ(ask(large_, std::string(encoding) + "If-None-Match: \"other\"\r\n").status, 200);
  }
  EXPECT_EQ(ask("/", "If-None-Match: *\r\n").status, 304);
}

TEST_F(Delivered, CutsRanges) {
  const auto whole = ask(file_);
  EXPECT_EQ(whole.body, "0123456789");
  EXPECT_EQ(whole.field("accept-ranges"), "bytes");
  EXPECT_EQ(whole.field("content-disposition"), "attachment; filename=\"host_1_2.tbtrace\"");
  const auto part = ask(file_, "Range: bytes=2-4\r\nAccept-Encoding: gzip\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.field("content-range"), "bytes 2-4/10");
  const auto beyond = ask(file_, "Range: bytes=10-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.field("content-range"), "bytes */10");
  const std::string etag = whole.field("etag");
  EXPECT_EQ(ask(file_, "Range: bytes=2-4\r\nIf-Range: " + etag + "\r\n").status, 206);
  EXPECT_EQ(ask(file_, "Range: bytes=2-4\r\nIf-Range: \"old\"\r\n").body, "0123456789");
  EXPECT_EQ(ask(file_, "Range: bytes=2-4\r\nIf-None-Match: " + etag + "\r\n").status, 304);
  EXPECT_EQ(ask("/data/plugin/demo/fails?code=0", "Range: bytes=0-1\r\n").status, 404);
}

TEST_F(Delivered, HeadHasTheHeadOfGet) {
  for (const std::string& target :
       {large_, file_, std::string("/"), std::string("/data/nothing")}) {
    auto get = ask(target, "Accept-Encoding: gzip\r\n");
    auto head = ask(target, "Accept-Encoding: gzip\r\n", "HEAD");
    EXPECT_EQ(head.status, get.status) << target;
    get.fields.erase("server-timing");  // tells of the one time that it was computed
    EXPECT_EQ(head.fields, get.fields) << target;
  }
  tests::RawClient client(server_.port);
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n" + tests::kBearer + "\r\n");
  EXPECT_EQ(client.read_answer(true).status, 200);
  client.send("GET /data/health HTTP/1.1\r\nHost: localhost\r\n" + tests::kBearer + "\r\n");
  EXPECT_EQ(client.read_answer().body, "{\"status\":\"ok\"}");
}

TEST_F(Delivered, SameQuestionSameBytesAskedOnce) {
  const std::string target = "/data/plugin/demo/echo?capture=cap-a&text=hello";
  const auto first = ask(target);
  const auto second = ask(target);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(first.field("etag"), second.field("etag"));
  EXPECT_EQ(server_.answers, 1);
  ask(target + "x");
  EXPECT_EQ(server_.answers, 2);
}

TEST_F(Delivered, StreamsComeWholeOrAreSeenToBeCut) {
  const std::string target = "/data/plugin/demo/rows?capture=cap-a&count=20";
  const auto rows = ask(target);
  EXPECT_EQ(rows.field("transfer-encoding"), "chunked");
  EXPECT_EQ(rows.field("content-disposition"), "attachment; filename=\"rows.csv\"");
  EXPECT_TRUE(rows.is_whole);
  EXPECT_EQ(rows.body.size(), 20u * 1002 + 10);
  EXPECT_FALSE(ask(target + "&fail_at=5").is_whole);
  EXPECT_EQ(ask("/data/plugin/demo/rows?capture=cap-a&count=x").status, 400);
}

TEST_F(Delivered, PipelinedRequestsAreAnsweredInOrder) {
  tests::RawClient client(server_.port);
  std::string requests;
  for (int i = 1; i <= 20; ++i) {
    requests += "GET /data/plugin/demo/large?size=" + std::to_string(i) +
                " HTTP/1.1\r\nHost: localhost\r\n" + tests::kBearer + "\r\n";
  }
  client.send(requests);
  for (std::size_t i = 1; i <= 20; ++i) EXPECT_EQ(client.read_answer().body.size(), i);
}

TEST_F(Delivered, Http10GetsOneAnswerAndTheEnd) {
  tests::RawClient client(server_.port);
  client.send("GET /data/plugin/demo/rows?capture=cap-a&count=3 HTTP/1.0\r\nHost: localhost\r\n" +
              tests::kBearer + "\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.field("transfer-encoding"), "");
  EXPECT_EQ(answer.body.size(), 3u * 1002);
}

}  // namespace
}  // namespace tbprof::server
