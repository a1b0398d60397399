#include "collector/trace_path.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

namespace tbprof::collector {

namespace {

struct Date {
  std::int64_t year = 0;
  int month = 0;
  int day = 0;
};

// The civil date of a day counted from 1970-01-01, by eras of 400 years. (gmtime_r takes a lock,
// which a forked child could find locked for ever.)
Date date_of(std::int64_t days) {
  days += 719468;  // from 0000-03-01 on
  const std::int64_t era = days / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;  // March is 0
  Date date;
  date.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  date.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

void format_session(std::int64_t unix_ns, char* text, std::size_t text_bytes) {
  const std::int64_t seconds = unix_ns / 1'000'000'000;
  const Date date = date_of(seconds / 86400);
  const int second_of_day = static_cast<int>(seconds % 86400);
  snprintf(text, text_bytes, "%04lld_%02d_%02d_%02d_%02d_%02d", static_cast<long long>(date.year),
           date.month, date.day, second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
}

std::string file_name_part(std::string_view text) {
  std::string part;
  for (const char c : text) {
    if (part.size() >= 100) break;
    part += is_plain(c) && !(part.empty() && c == '.') ? c : '-';
  }
  return part.empty() ? "-" : part;
}

std::string trace_folder(std::string_view logdir, std::string_view run, std::string_view session) {
  std::string path(logdir.data(), logdir.size());
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  for (std::size_t begin = 0; begin < run.size();) {
    std::size_t end = begin;
    while (end < run.size() && run[end] != '/') ++end;
    const std::string_view part(run.data() + begin, end - begin);
    if (!part.empty() && part != "." && part != "..") {
      path += '/';
      path.append(part.data(), part.size());
    }
    begin = end + 1;
  }
  path += "/plugins/profile/";
  path += file_name_part(session);
  return path;
}

std::string trace_file_name(std::string_view host, std::int64_t pid, std::int64_t start_unix_ns,
                            int attempt) {
  char rest[96];
  const auto start_ms = static_cast<long long>(start_unix_ns / 1'000'000);
  if (attempt == 0) {
    snprintf(rest, sizeof rest, "_%lld_%lld.tbtrace", static_cast<long long>(pid), start_ms);
  } else {
    snprintf(rest, sizeof rest, "_%lld_%lld-%d.tbtrace", static_cast<long long>(pid), start_ms,
             attempt);
  }
  return file_name_part(host) + rest;
}

int make_folders(const std::string& path) {
  std::string part;
  for (std::size_t end = 1; end <= path.size(); ++end) {
    if (end != path.size() && path[end] != '/') continue;
    part.assign(path.data(), end);
    if (mkdir(part.c_str(), 0777) == 0 || errno == EEXIST) continue;
    // A folder that is there already may lie below one where nothing can be made.
    const int error = errno;
    struct stat info;
    if (stat(part.c_str(), &info) != 0) return error;
  }
  return 0;
}

}  // namespace tbprof::collector
