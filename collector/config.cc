#include "collector/config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "collector/environment.h"
#include "collector/job_place.h"

namespace tbprof::collector {

namespace {

// Decimal digits only; -1 for anything else. (strtol and its kin bind to new glibc versions.)
long parse_number(const char* text) {
  if (text == nullptr || *text == 0) return -1;
  long value = 0;
  for (; *text != 0; ++text) {
    if (*text < '0' || *text > '9' || value > 100'000'000) return -1;
    value = value * 10 + (*text - '0');
  }
  return value;
}

bool is_set_to(const char* variable, const char* value) {
  const char* text = getenv(variable);
  return text != nullptr && strcmp(text, value) == 0;
}

std::size_t bounded_power_of_two(long wanted, std::size_t low, std::size_t high,
                                 std::size_t otherwise) {
  if (wanted < 0) return otherwise;
  std::size_t value = low;
  while (value < high && value * 2 <= static_cast<std::size_t>(wanted)) value *= 2;
  return value;
}

}  // namespace

bool copy_text(char* field, std::size_t field_bytes, const char* text) {
  field[0] = 0;
  if (text == nullptr) return true;
  const std::size_t length = strlen(text);
  if (length >= field_bytes) return false;
  memcpy(field, text, length + 1);
  return true;
}

void read_environment(Config& config) {
  config = Config{};
  // A program that runs with more rights than its user must not write where the user says.
  if (getauxval(AT_SECURE) != 0) return;
  config.enabled = !is_set_to(kEnableVariable, "0");
  config.quiet = is_set_to(kQuietVariable, "1");
  config.enabled &= copy_text(config.logdir, sizeof config.logdir, getenv(kLogdirVariable));
  config.enabled &= copy_text(config.run, sizeof config.run, getenv(kRunVariable));
  config.enabled &= copy_text(config.session, sizeof config.session, getenv(kSessionVariable));
  config.logdir_is_fixed = config.logdir[0] != 0;
  const char* pattern = getenv(kStepPatternVariable);
  if (!copy_text(config.step_pattern, sizeof config.step_pattern,
                 pattern != nullptr ? pattern : kDefaultStepPattern)) {
    copy_text(config.step_pattern, sizeof config.step_pattern, kDefaultStepPattern);
  }
  if (const char* schedule = getenv(kScheduleVariable); schedule != nullptr) {
    config.schedule_problem = parse_schedule(schedule, config.schedule);
    config.schedule_is_fixed = config.schedule.kind != ScheduleKind::throughout;
  }
  config.ring_bytes = bounded_power_of_two(parse_number(getenv(kBufferKbVariable)), 64, 4096, 1024)
                      << 10;
  const long total_mb = parse_number(getenv(kBufferTotalMbVariable));
  if (total_mb >= 1) {
    config.ring_total_bytes = static_cast<std::size_t>(total_mb < 1024 ? total_mb : 1024) << 20;
  }
  const JobPlace place = read_job_place();
  config.rank = place.rank;
  config.world_size = place.world_size;
  config.local_rank = place.local_rank;
  if (config.session[0] == 0) {
    read_job_name(JobName::unique, config.session, sizeof config.session);
  }
}

}  // namespace tbprof::collector
