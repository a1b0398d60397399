#include "server/page.h"

#include <array>

namespace tbprof::server {

namespace {

Reply file_reply(const PageFile& file) {
  Reply reply;
  reply.content_type = std::string(content_type_of(file.name));
  reply.body = Bytes{nullptr, file.bytes};
  reply.gzip = Bytes{nullptr, file.gzip};
  reply.etag = std::string(file.hash);
  return reply;
}

}  // namespace

std::string_view content_type_of(std::string_view file_name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
  }};
  for (const auto& [suffix, type] : kTypes) {
    if (file_name.ends_with(suffix)) return type;
  }
  return "application/octet-stream";
}

void add_page_routes(Router& router, std::span<const PageFile> files) {
  for (const PageFile& file : files) {
    const auto answer = [file](const Call&) { return file_reply(file); };
    if (file.name == "index.html") router.add({"/", false, answer});
    router.add({"/" + std::string(file.name), false, answer});
  }
}

}  // namespace tbprof::server
