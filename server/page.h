// The bundled page: files that lie in the program itself. Immutable: any thread.
#pragma once

#include <span>
#include <string_view>

#include "server/router.h"

namespace tbprof::server {

struct PageFile {
  std::string_view name;  // "index.html", "main-ABCD1234.js"
  std::string_view bytes;
  std::string_view gzip;  // empty where it would not be smaller
  std::string_view hash;
};

// Generated from the bundler's output folder by embed_page.cmake.
std::span<const PageFile> embedded_page();

// One route a file; index.html is also "/".
void add_page_routes(Router& router, std::span<const PageFile> files);

std::string_view content_type_of(std::string_view file_name);

}  // namespace tbprof::server
