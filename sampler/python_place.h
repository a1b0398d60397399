// Finds the interpreter of a Python process: the file it was loaded from, by the process's memory
// map, and the addresses of what the file defines, by its symbols. Functions only. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/result.h"
#include "sampler/elf_symbols.h"
#include "sampler/python_process.h"

namespace tbprof::sampler {

// A file of which a part is mapped, where the first of these parts begins.
struct MappedFile {
  std::string path;
  std::uint64_t first_address = 0;
};

// The files in the text of /proc/PID/maps that may hold an interpreter: the first, which is the
// program itself, and libraries whose name begins with "libpython".
std::vector<MappedFile> interpreter_candidates(std::string_view maps);

// Where the interpreter lies, if this file is one; not_found if it is none.
proto::Result<PythonPlace> place_in(const FileReader& file, std::uint64_t loaded_at);

// An error with not_found: no Python runs there (yet); other errors say in a sentence why its
// stacks cannot be read.
proto::Result<PythonPlace> find_python(pid_t pid);

}  // namespace tbprof::sampler
