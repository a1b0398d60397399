#include "cli/recorder_environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "cli/job_session.h"
#include "collector/environment.h"

namespace tbprof::cli {
namespace {

namespace fs = std::filesystem;
using proto::ErrorCode;

constexpr char kPythonPathVariable[] = "PYTHONPATH";

std::string utc(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

std::string default_run(const fs::path& logdir, const std::string& program) {
  std::string base = fs::path(program).filename().string();
  if (base.empty()) base = "program";
  const std::string name = base + "_" + utc("%Y-%m-%d_%H-%M-%S");
  std::string free_name = name;
  std::error_code error;
  for (int number = 2; fs::exists(logdir / free_name, error); ++number) {
    free_name = fmt::format("{}-{}", name, number);
  }
  return free_name;
}

proto::Result<> check_name(const std::string& name) {
  const fs::path path(name);
  bool climbs = path.is_absolute() || name.empty();
  for (const fs::path& part : path) climbs = climbs || part == ".." || part == ".";
  if (climbs) {
    return {ErrorCode::invalid_argument,
            fmt::format("--name {} is no name for a run; give one such as `first` or `lr/0.1`, "
                        "it becomes a folder below the log directory",
                        name)};
  }
  return proto::success();
}

// Makes the folder and those above it, and tells which were not there, outermost first.
std::error_code make_folders(const fs::path& folder, std::vector<std::string>& made) {
  std::vector<std::string> missing;
  std::error_code error;
  for (fs::path part = folder; !part.empty() && !fs::exists(part, error) && !error;
       part = part.parent_path()) {
    missing.push_back(part.string());
  }
  fs::create_directories(folder, error);
  made.insert(made.end(), missing.rbegin(), missing.rend());
  return error;
}

// Makes the folder of the place and tells which folders were new; false if it was there already.
proto::Result<bool> claim_folder(RecordingPlace& place) {
  const fs::path folder = place.folder();
  std::error_code error = make_folders(folder.parent_path(), place.new_folders);
  const bool is_new = !error && fs::create_directory(folder, error);
  if (error) {
    return {ErrorCode::io, fmt::format("cannot write to {}: {}; name another place with --logdir",
                                       folder.string(), error.message())};
  }
  if (is_new) place.new_folders.push_back(folder.string());
  return is_new;
}

// Where Python finds the start-up hook: the folder that is installed beside the library, or that of
// the build tree. Empty if there is none, or no search path could name it.
std::string python_start_folder(const std::string& library) {
  const fs::path folder = fs::path(library).parent_path();
  std::error_code error;
  for (const fs::path& candidate : {folder / "tbprof/python/start", folder / "../python/start"}) {
    if (!fs::exists(candidate / "sitecustomize.py", error)) continue;
    const std::string path = fs::canonical(candidate, error).string();
    if (path.find(':') == std::string::npos) return path;
  }
  return "";
}

std::string python_path(const std::string& start_folder) {
  const char* previous = std::getenv(kPythonPathVariable);
  if (previous == nullptr || *previous == 0) return start_folder;
  const std::string rest = previous;
  const bool is_there = rest == start_folder || rest.starts_with(start_folder + ":");
  return is_there ? rest : start_folder + ":" + rest;
}

// The folder that the other ranks of the job use too.
proto::Result<> join_session(const JobSession& session, RecordingPlace& place) {
  constexpr int kMostRecordings = 10000;
  place.session = session.name;
  for (int number = 2; number <= kMostRecordings; ++number) {
    TBPROF_TRY(claim_folder(place));
    if (session.is_of_user) return proto::success();
    place.mark = mark_session(place.folder());
    if (!place.mark.empty()) return proto::success();
    // Where another rank has just removed the folder, it is made again.
    std::error_code error;
    if (!fs::exists(place.folder(), error)) continue;
    place.session = fmt::format("{}_{}", session.name, number);
  }
  return {ErrorCode::io, fmt::format("there are too many recordings of the job {} in {}",
                                     session.name, place.folder())};
}

// The library that the user had injected under this variable, if it is not ours.
std::string taken_by_another(const char* variable, const std::string& library) {
  const char* previous = std::getenv(variable);
  return previous == nullptr || library == previous ? "" : previous;
}

}  // namespace

std::string RecordingPlace::folder() const {
  return logdir + "/" + run + "/plugins/profile/" + session;
}

proto::Result<> check_step_pattern(const std::string& pattern) {
  for (std::size_t begin = 0; !pattern.empty() && begin <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('|', begin), pattern.size());
    const std::string alternative = pattern.substr(begin, end - begin);
    if (alternative.find('#') == std::string::npos) {
      return {ErrorCode::invalid_argument,
              fmt::format("--step-pattern needs a # for the number in each alternative, as in "
                          "'batch #|iter_#'; '{}' has none",
                          alternative)};
    }
    begin = end + 1;
  }
  return proto::success();
}

proto::Result<RecordingPlace> choose_place(const RecordingRequest& request,
                                           const std::string& program) {
  std::error_code error;
  fs::path logdir = fs::absolute(request.logdir, error).lexically_normal();
  if (!logdir.has_filename()) logdir = logdir.parent_path();
  RecordingPlace place;
  if (!error) error = make_folders(logdir, place.new_folders);
  if (error) {
    return {ErrorCode::io, fmt::format("cannot write to the log directory {}: {}; name another "
                                       "one with --logdir",
                                       logdir.string(), error.message())};
  }
  place.logdir = logdir.string();
  place.run = request.name;
  const JobSession job = TBPROF_TRY(job_session(request.session));
  if (place.run.empty() && !job.name.empty()) {
    place.run = fs::path(program).filename().string() + "_" + job.name;
  } else if (place.run.empty()) {
    place.run = default_run(logdir, program);
  } else {
    TBPROF_TRY(check_name(place.run));
  }
  if (!job.name.empty()) {
    TBPROF_TRY(join_session(job, place));
    return place;
  }
  // Two recordings of one name may begin within a second.
  const std::string session = utc("%Y_%m_%d_%H_%M_%S");
  place.session = session;
  for (int number = 2; !TBPROF_TRY(claim_folder(place)); ++number) {
    place.session = fmt::format("{}_{}", session, number);
  }
  return place;
}

void remove_if_empty(const RecordingPlace& place) {
  if (!place.mark.empty() && holds_only_marks(place.folder())) ::unlink(place.mark.c_str());
  for (auto folder = place.new_folders.rbegin(); folder != place.new_folders.rend(); ++folder) {
    if (::rmdir(folder->c_str()) != 0) return;
  }
}

proto::Result<std::string> find_library() {
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  const fs::path folder = binary.parent_path();
  for (const fs::path& candidate :
       {folder / "libtbprof.so", folder / TBPROF_LIBRARY_FROM_BIN, folder / "../lib/libtbprof.so",
        folder / "../collector/libtbprof.so"}) {
    if (fs::exists(candidate, error)) return fs::weakly_canonical(candidate, error).string();
  }
  return {ErrorCode::not_found,
          fmt::format("libtbprof.so, which records, is not near {}; build it, or install tbprof "
                      "with `cmake --install`",
                      binary.string())};
}

Environment recorder_environment(const RecordingRequest& request, const RecordingPlace& place,
                                 const std::string& library) {
  Environment environment = {{collector::kLogdirVariable, place.logdir},
                             {collector::kRunVariable, place.run},
                             {collector::kSessionVariable, place.session},
                             {collector::kLibraryVariable, library}};
  if (!request.step_pattern.empty()) {
    environment.emplace_back(collector::kStepPatternVariable, request.step_pattern);
  }
  if (!request.schedule.empty()) {
    environment.emplace_back(collector::kScheduleVariable, request.schedule);
  }
  if (!request.operators.empty()) {
    environment.emplace_back(collector::kOperatorsVariable, request.operators);
  }
  if (request.quiet) environment.emplace_back(collector::kQuietVariable, "1");
  if (const std::string folder = python_start_folder(library); !folder.empty()) {
    environment.emplace_back(kPythonPathVariable, python_path(folder));
  }
  for (const char* variable :
       {collector::kNvtxInjectionVariable, collector::kCudaInjectionVariable}) {
    if (taken_by_another(variable, library).empty()) environment.emplace_back(variable, library);
  }
  return environment;
}

std::vector<std::string> environment_notes(const std::string& library) {
  std::vector<std::string> notes;
  const std::pair<const char*, const char*> kinds[] = {
      {collector::kNvtxInjectionVariable, "NVTX ranges"},
      {collector::kCudaInjectionVariable, "CUDA activity"}};
  for (const auto& [variable, what] : kinds) {
    const std::string previous = taken_by_another(variable, library);
    if (previous.empty()) continue;
    notes.push_back(fmt::format("{} went to {}, as {} was set; unset it to record them", what,
                                previous, variable));
  }
  return notes;
}

}  // namespace tbprof::cli
