// A process's place in a distributed job, and a name that all processes of the job share, as its
// launcher says in the environment: torchrun, Open MPI, MPICH and its kin, Slurm, PMIx. Allocates
// nothing. Any thread, while nobody changes the environment.
#pragma once

#include <cstddef>

namespace tbprof::collector {

struct JobPlace {
  int rank = -1;  // -1: not told
  int world_size = -1;
  int local_rank = -1;  // among the processes of its node
};
JobPlace read_job_place();

// Where the processes of a job write into one session without anybody having named it.
enum class JobName {
  unique,  // only names that a launcher gives but once
  any,     // also the address at which the processes meet, which the next job may have too
};
// "slurm_4711.0"; empty if none is told, or it is too long.
void read_job_name(JobName kind, char* text, std::size_t text_bytes);

}  // namespace tbprof::collector
