#include "analyzer/report/json.h"

namespace tbprof::analyzer::report {

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tbprof::analyzer::report
