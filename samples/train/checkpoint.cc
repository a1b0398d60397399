#include "checkpoint.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace tbprof::samples::train {

std::string write_checkpoint(const std::string& path, int step,
                             const std::vector<float>& parameters) {
  const std::string beside = path + "." + std::to_string(getpid());
  std::FILE* file = std::fopen(beside.c_str(), "wb");
  if (file == nullptr) return std::strerror(errno);
  bool good =
      std::fprintf(file, "train checkpoint, step %d, %zu floats\n", step, parameters.size()) > 0;
  good = good && std::fwrite(parameters.data(), sizeof(float), parameters.size(), file) ==
                     parameters.size();
  good = good && std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  good = std::fclose(file) == 0 && good;
  good = good && std::rename(beside.c_str(), path.c_str()) == 0;
  if (good) return {};
  const std::string why = std::strerror(errno);
  std::remove(beside.c_str());
  return why;
}

}  // namespace tbprof::samples::train
