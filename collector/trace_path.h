// Where a process's trace file lies: <logdir>/<run>/plugins/profile/<session>/
// <host>_<pid>_<start>.tbtrace. Functions only. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tbprof::collector {

// The start as a folder's name in UTC: 2026_01_31_23_59_59. Allocates nothing.
void format_session(std::int64_t unix_ns, char* text, std::size_t text_bytes);

// Letters, digits, '-', '_' and '.' stay, others become '-'; never empty, never starting with '.'.
std::string file_name_part(std::string_view text);

// `run` may have several parts divided by '/'; "..", "." and empty parts are left out.
std::string trace_folder(std::string_view logdir, std::string_view run, std::string_view session);

// `attempt` 0 gives the plain name, others a suffix.
std::string trace_file_name(std::string_view host, std::int64_t pid, std::int64_t start_unix_ns,
                            int attempt);

// Makes the folder and those above it. 0 or errno.
int make_folders(const std::string& path);

}  // namespace tbprof::collector
