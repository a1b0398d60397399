// What the categories and names of torch.profiler's events mean, in the spellings of all releases
// since 2020. Functions and values. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/category.h"

namespace tbprof::analyzer::import {

enum class Place : std::uint8_t { host, device, device_synchronization, device_annotation };
enum class KeptArgs : std::uint8_t { none, operator_identity, all };

struct TorchCategory {
  proto::Category category = proto::Category::other;
  Place place = Place::host;
  KeptArgs kept_args = KeptArgs::none;
};

TorchCategory torch_category(std::string_view category);

// Host events whose name says more than their category: steps, input, optimizer, communication.
proto::Category category_by_name(proto::Category by_category, std::string_view name);

// N of "ProfilerStep#N".
std::optional<std::int64_t> profiler_step_number(std::string_view name);

}  // namespace tbprof::analyzer::import
