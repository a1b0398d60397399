// What stands in a request's head before anybody is known: framing, target, host, ranges, cookies.
// What the decoder takes must survive encoding and decoding.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/delivery.h"
#include "server/framing.h"
#include "server/gzip.h"
#include "server/host_rules.h"
#include "server/target.h"
#include "server/token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tbprof::server;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)is_hopeless_head(text);
  (void)check_request_head(text).ok();
  (void)host_is_allowed(text, HostRules{{"proxy.example"}, true});
  (void)accepts_gzip(text);
  (void)find_cookie(text, "tbprof_x");
  (void)matches_etag(text, "abc");
  ByteRange range;
  if (parse_range(text, 1000, range) == RangeVerdict::satisfiable &&
      (range.first > range.last || range.last >= 1000)) {
    std::abort();
  }
  const std::string disposition = content_disposition(text);
  if (disposition.find_first_of("\r\n") != std::string::npos) std::abort();
  const auto target = decode_target(text);
  if (!target.ok()) return 0;
  if (!is_valid_utf8(target.value().path)) std::abort();
  const auto again = decode_target("/?" + encode_query(target.value().query));
  if (!again.ok() || again.value().query != target.value().query) std::abort();
  return 0;
}
