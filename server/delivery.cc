#include "server/delivery.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "server/ascii.h"
#include "server/gzip.h"

namespace tbprof::server {

namespace {

constexpr std::array<HeaderField, 5> kSecurityFields = {{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
     "connect-src 'self'; font-src 'self'; worker-src 'self'; frame-ancestors 'none'; "
     "base-uri 'none'; form-action 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
}};

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || stop != text.data() + text.size()) return std::nullopt;
  // More than can be counted lies beyond the end of everything.
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return value;
}

std::string quoted(std::string_view etag) { return '"' + std::string(etag) + '"'; }

// The answer in the encoding that is sent: a compressed one is another representation, so it has
// another strong tag.
void choose_encoding(const Request& request, Reply& reply) {
  if (reply.status != 200 && reply.status < 400) return;
  const bool is_worth_it = is_compressible(reply.content_type) &&
                           reply.body.view.size() >= kMinGzipBytes && !reply.next_piece;
  if (!is_worth_it) return;
  reply.fields.emplace_back("Vary", "Accept-Encoding");
  if (!accepts_gzip(request.field("accept-encoding")) || request.has_field("range")) return;
  if (reply.gzip.view.empty()) reply.gzip = Bytes::own(gzip(reply.body.view));
  if (reply.gzip.view.empty()) return;
  reply.body = std::move(reply.gzip);
  reply.fields.emplace_back("Content-Encoding", "gzip");
  if (!reply.etag.empty()) reply.etag += "-gz";
}

// True if the client has it already.
bool answer_from_validator(const Request& request, Reply& reply) {
  const std::string_view field = request.field("if-none-match");
  if (reply.status != 200 || reply.etag.empty() || field.empty()) return false;
  if (!matches_etag(field, reply.etag)) return false;
  reply.status = 304;
  reply.body = {};
  reply.source = nullptr;
  return true;
}

// What part of the reply's bytes is sent.
struct Part {
  std::uint64_t first = 0;
  std::uint64_t size_bytes = 0;
};

Part all_of(const Reply& reply) {
  return {0, reply.source ? reply.source->size_bytes : reply.body.view.size()};
}

// Changes the part; the reply where there is nothing to send of it.
void cut_range(const Request& request, Reply& reply, Part& part) {
  const std::string_view field = request.field("range");
  if (reply.status != 200 || reply.etag.empty() || field.empty() || request.method != "GET") return;
  const std::string_view if_range = request.field("if-range");
  if (!if_range.empty() && if_range != quoted(reply.etag)) return;
  const std::uint64_t size = part.size_bytes;
  ByteRange range;
  const RangeVerdict verdict = parse_range(field, size, range);
  if (verdict == RangeVerdict::none) return;
  if (verdict == RangeVerdict::unsatisfiable) {
    reply =
        error_reply(416, "The range lies beyond the answer's " + std::to_string(size) + " bytes.");
    reply.fields.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    part = all_of(reply);
    return;
  }
  reply.status = 206;
  part = {range.first, range.last - range.first + 1};
  reply.fields.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                 std::to_string(range.last) + "/" +
                                                 std::to_string(size));
}

// The part of the source, a piece at a time.
plugins::NextPiece pieces_of(std::shared_ptr<const ByteSource> source, Part part) {
  static constexpr std::uint64_t kPieceBytes = 128 * 1024;
  return [source = std::move(source), part](std::string& piece) mutable -> proto::Result<bool> {
    const auto wanted = static_cast<std::size_t>(std::min(part.size_bytes, kPieceBytes));
    piece = TBPROF_TRY(source->read(part.first, wanted));
    if (piece.size() < wanted) {
      return proto::Error{proto::ErrorCode::unavailable, "The file became shorter meanwhile."};
    }
    part.first += wanted;
    part.size_bytes -= wanted;
    return part.size_bytes > 0;
  };
}

std::string make_head(const Request& request, const Reply& reply, const Part& part,
                      const Delivery& delivery) {
  std::string head;
  head.reserve(900);
  head.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ");
  head.append(reason_of(reply.status)).append("\r\n");
  for (const HeaderField& field : kSecurityFields) append_field(head, field.name, field.value);
  if (reply.status != 304 && reply.status != 303 && reply.status != 308) {
    append_field(head, "Content-Type", reply.content_type);
  }
  if (reply.etag.empty()) {
    append_field(head, "Cache-Control", "no-store");
  } else {
    append_field(head, "Cache-Control", "private, no-cache");
    append_field(head, "ETag", quoted(reply.etag));
    append_field(head, "Accept-Ranges", "bytes");
  }
  if (!reply.download_name.empty()) {
    append_field(head, "Content-Disposition", content_disposition(reply.download_name));
  }
  for (const auto& [name, value] : reply.fields) append_field(head, name, value);
  if (delivery.is_chunked) {
    append_field(head, "Transfer-Encoding", "chunked");
  } else if (!reply.next_piece && reply.status != 304) {
    append_field(head, "Content-Length", std::to_string(part.size_bytes));
  }
  if (delivery.must_close) {
    append_field(head, "Connection", "close");
  } else if (request.is_http_1_0) {
    append_field(head, "Connection", "keep-alive");
  }
  head.append("\r\n");
  return head;
}

}  // namespace

std::span<const HeaderField> security_fields() { return kSecurityFields; }

Delivery deliver(const Request& request, Reply reply) {
  choose_encoding(request, reply);
  const bool is_known = answer_from_validator(request, reply);
  Part part = all_of(reply);
  if (!is_known) cut_range(request, reply, part);
  Delivery delivery;
  delivery.status = reply.status;
  delivery.is_chunked = reply.next_piece && !request.is_http_1_0;
  delivery.must_close =
      reply.must_close || !request.keep_alive || (reply.next_piece && request.is_http_1_0);
  delivery.head = make_head(request, reply, part, delivery);
  if (request.method == "HEAD") {
    delivery.is_chunked = false;
    return delivery;
  }
  delivery.next_piece = std::move(reply.next_piece);
  if (reply.source && part.size_bytes > 0) delivery.next_piece = pieces_of(reply.source, part);
  delivery.body = std::move(reply.body);
  if (!reply.source) delivery.body.view = delivery.body.view.substr(part.first, part.size_bytes);
  return delivery;
}

RangeVerdict parse_range(std::string_view field, std::uint64_t size, ByteRange& range) {
  constexpr std::string_view kUnit = "bytes=";
  if (lower_case(field.substr(0, kUnit.size())) != kUnit) return RangeVerdict::none;
  const std::string_view set = trim(field.substr(kUnit.size()));
  const std::size_t dash = set.find('-');
  if (dash == std::string_view::npos || set.find(',') != std::string_view::npos) {
    return RangeVerdict::none;
  }
  const auto first = parse_number(set.substr(0, dash));
  const auto last = parse_number(set.substr(dash + 1));
  if (!first && dash != 0) return RangeVerdict::none;
  if (!last && dash + 1 != set.size()) return RangeVerdict::none;
  if (!first) {  // the last N bytes
    if (!last) return RangeVerdict::none;
    if (*last == 0 || size == 0) return RangeVerdict::unsatisfiable;
    range = {size - std::min(*last, size), size - 1};
    return RangeVerdict::satisfiable;
  }
  if (last && *last < *first) return RangeVerdict::none;
  if (*first >= size) return RangeVerdict::unsatisfiable;
  range = {*first, last ? std::min(*last, size - 1) : size - 1};
  return RangeVerdict::satisfiable;
}

bool matches_etag(std::string_view field, std::string_view etag) {
  bool found = false;
  for_each_element(field, [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    found = found || element == "*" || element == quoted(etag);
  });
  return found;
}

std::string content_disposition(std::string_view name) {
  std::string safe;
  for (const char c : name) {
    safe.push_back(is_alphanumeric(c) || c == '.' || c == '-' || c == '_' ? c : '_');
  }
  return "attachment; filename=\"" + safe + '"';
}

}  // namespace tbprof::server
