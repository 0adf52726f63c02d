"""Who is measured: each module has `candidates(workload, images)`, which makes networks that are ready to be trained."""
