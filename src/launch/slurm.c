/* A Slurm cluster, on this machine or behind an ssh host: jobs are given to sbatch under their submission as name, squeue says how
 * they are, sacct where it answers, scancel ends them. */
#include "launch/site_inner.h"

const struct site_kind SITE_KIND_SLURM = {
    .name = "slurm", .host = SITE_HOST_MAY, .how = "slurm", .has_scheduler = true, .judge = far_judge_batch,
};
