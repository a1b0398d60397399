// A request after framing: what the connection hands to the application. Value. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tbprof::server {

struct Request {
  std::string method;
  std::string target;                                       // as sent, undecoded
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  bool keep_alive = true;
  bool is_http_1_0 = false;

  // The first value of a field named in lower case, "" if there is none.
  std::string_view field(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return value;
    }
    return {};
  }
  bool has_field(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return true;
    }
    return false;
  }
};

}  // namespace tbprof::server
