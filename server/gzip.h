// Compression of answers. Pure. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace tbprof::server {

inline constexpr std::size_t kMinGzipBytes = 1024;
inline constexpr int kUsualGzipLevel = 4;

// "" if the bytes do not become smaller. `level`: 1 to 12, as libdeflate counts.
std::string gzip(std::string_view bytes, int level = kUsualGzipLevel);

// Whether an Accept-Encoding field takes gzip: named or "*", and not with q=0.
bool accepts_gzip(std::string_view accept_encoding);

// Whether bytes of this content type are worth compressing: text, JSON, our columns.
bool is_compressible(std::string_view content_type);

}  // namespace tbprof::server
