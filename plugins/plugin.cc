#include "plugins/plugin.h"

#include <charconv>

namespace tbprof::plugins {

namespace {

template <typename Number>
proto::Result<Number> parse(std::string_view key, std::optional<std::string_view> text, Number low,
                            Number high) {
  const std::string name(key);
  if (!text) {
    return proto::Error{proto::ErrorCode::invalid_argument,
                        "The parameter '" + name + "' is missing."};
  }
  Number value{};
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end) {
    return proto::Error{
        proto::ErrorCode::invalid_argument,
        "The parameter '" + name + "' is not a number: '" + std::string(*text) + "'."};
  }
  if (!(value >= low && value <= high)) {
    return proto::Error{proto::ErrorCode::invalid_argument,
                        "The parameter '" + name + "' must lie between " + std::to_string(low) +
                            " and " + std::to_string(high) + "."};
  }
  return value;
}

}  // namespace

void Params::add(std::string key, std::string value) {
  values_.emplace_back(std::move(key), std::move(value));
}

std::optional<std::string_view> Params::find(std::string_view key) const {
  for (const auto& [name, value] : values_) {
    if (name == key) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Params::all(std::string_view key) const {
  std::vector<std::string_view> found;
  for (const auto& [name, value] : values_) {
    if (name == key) found.push_back(value);
  }
  return found;
}

proto::Result<double> Params::number(std::string_view key, double low, double high) const {
  return parse<double>(key, find(key), low, high);
}

proto::Result<std::int64_t> Params::integer(std::string_view key, std::int64_t low,
                                            std::int64_t high) const {
  return parse<std::int64_t>(key, find(key), low, high);
}

proto::Result<std::int64_t> Params::integer_or(std::string_view key, std::int64_t fallback,
                                               std::int64_t low, std::int64_t high) const {
  if (!find(key)) return fallback;
  return integer(key, low, high);
}

proto::Result<TracePointer> Question::trace() const {
  const auto id = params.find("capture");
  if (!id) {
    return proto::Error{proto::ErrorCode::invalid_argument, "The parameter 'capture' is missing."};
  }
  return library.trace(*id);
}

}  // namespace tbprof::plugins
