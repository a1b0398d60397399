#include "collector/job_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace tbprof::collector {

namespace {

struct PlaceVariables {
  const char* rank;
  const char* world_size;
  const char* local_rank;
  const char*
      only_with;  // where it is not set, the others say nothing of this process; may be null
};

// A launcher that was started by another comes first. Slurm sets its variables for a batch script
// too, which is no task of a step.
constexpr PlaceVariables kLaunchers[] = {
    {"RANK", "WORLD_SIZE", "LOCAL_RANK", nullptr},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", nullptr},
    {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_LOCAL_RANK", nullptr},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", nullptr},
    {"PALS_RANKID", "PALS_SIZE", "PALS_LOCAL_RANKID", nullptr},
    {"FLUX_TASK_RANK", "FLUX_JOB_SIZE", "FLUX_TASK_LOCAL_ID", nullptr},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_STEP_ID"},
    {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_STEP_ID"},
};

// Decimal digits only; -1 for anything else. (strtol and its kin bind to new glibc versions.)
int parse_number(const char* text) {
  if (text == nullptr || *text == 0) return -1;
  int value = 0;
  for (; *text != 0; ++text) {
    if (*text < '0' || *text > '9' || value > 10'000'000) return -1;
    value = value * 10 + (*text - '0');
  }
  return value;
}

// The value of a variable; null if it is not set, empty or "none".
const char* told(const char* variable) {
  const char* value = getenv(variable);
  return value == nullptr || *value == 0 || strcmp(value, "none") == 0 ? nullptr : value;
}

bool join(char* text, std::size_t text_bytes, const char* launcher, const char* name,
          const char* part, char divider) {
  if (name == nullptr) return false;
  const int length = part == nullptr
                         ? snprintf(text, text_bytes, "%s_%s", launcher, name)
                         : snprintf(text, text_bytes, "%s_%s%c%s", launcher, name, divider, part);
  if (length > 0 && static_cast<std::size_t>(length) < text_bytes) return true;
  text[0] = 0;
  return false;
}

}  // namespace

JobPlace read_job_place() {
  JobPlace partial;
  for (const PlaceVariables& launcher : kLaunchers) {
    if (launcher.only_with != nullptr && told(launcher.only_with) == nullptr) continue;
    JobPlace place;
    place.rank = parse_number(getenv(launcher.rank));
    place.world_size = parse_number(getenv(launcher.world_size));
    place.local_rank = parse_number(getenv(launcher.local_rank));
    if (place.rank >= 0 && place.rank < place.world_size) return place;
    if (partial.rank < 0 && place.rank >= 0 && place.world_size < 0) partial = place;
  }
  return partial;
}

void read_job_name(JobName kind, char* text, std::size_t text_bytes) {
  text[0] = 0;
  if (join(text, text_bytes, "torchrun", told("TORCHELASTIC_RUN_ID"), nullptr, 0)) return;
  const char* step = told("SLURM_STEP_ID");
  if (step != nullptr && join(text, text_bytes, "slurm", told("SLURM_JOB_ID"), step, '.')) return;
  if (join(text, text_bytes, "pmix", told("PMIX_NAMESPACE"), nullptr, 0)) return;
  if (join(text, text_bytes, "flux", told("FLUX_JOB_ID"), nullptr, 0)) return;
  if (kind != JobName::any || read_job_place().rank < 0) return;
  const char* port = told("MASTER_PORT");
  if (port != nullptr && join(text, text_bytes, "job", told("MASTER_ADDR"), port, '_')) return;
  if (join(text, text_bytes, "pbs", told("PBS_JOBID"), nullptr, 0)) return;
  join(text, text_bytes, "lsf", told("LSB_JOBID"), nullptr, 0);
}

}  // namespace tbprof::collector
