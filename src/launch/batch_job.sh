#!/bin/sh
#SBATCH --job-name={{name}}
#SBATCH --cpus-per-task={{cores}}
#SBATCH --nodes={{nodes}}
#SBATCH --time={{walltime}}
#SBATCH --partition={{partition}}
#SBATCH --account={{account}}
#SBATCH --qos={{qos}}
# A job of docket's. It runs in the folder files/ of the job.
{{environment}}
{{command}}
