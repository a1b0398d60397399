#include "server/gzip.h"

#include <libdeflate.h>

#include <array>
#include <memory>

#include "plugins/plugin.h"
#include "server/ascii.h"

namespace tbprof::server {

namespace {

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

bool has_zero_quality(std::string_view parameters) {
  const std::size_t equals = parameters.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view value = trim(parameters.substr(equals + 1));
  return !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
}

// Each thread keeps its own: to make one costs as much as a small answer.
libdeflate_compressor* compressor_of(int level) {
  thread_local std::array<std::unique_ptr<libdeflate_compressor, FreeCompressor>, 13> compressors;
  auto& compressor = compressors.at(static_cast<std::size_t>(level));
  if (compressor == nullptr) compressor.reset(libdeflate_alloc_compressor(level));
  return compressor.get();
}

}  // namespace

std::string gzip(std::string_view bytes, int level) {
  libdeflate_compressor* const compressor = compressor_of(level);
  if (compressor == nullptr || bytes.size() < 32) return {};
  std::string packed(bytes.size() - 1, '\0');
  packed.resize(libdeflate_gzip_compress(compressor, bytes.data(), bytes.size(), packed.data(),
                                         packed.size()));
  return packed;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool named = false;
  bool accepted = false;
  for_each_element(accept_encoding, [&](std::string_view element) {
    const std::size_t semicolon = element.find(';');
    const std::string coding = lower_case(trim(element.substr(0, semicolon)));
    const bool refused =
        semicolon != std::string_view::npos && has_zero_quality(element.substr(semicolon + 1));
    if (coding == "gzip") {
      named = true;
      accepted = !refused;
    } else if (coding == "*" && !named) {
      accepted = !refused;
    }
  });
  return accepted;
}

bool is_compressible(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type.starts_with(plugins::kJson) ||
         content_type == plugins::kColumns || content_type == "image/svg+xml";
}

}  // namespace tbprof::server
