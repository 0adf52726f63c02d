"""The candidates of the step benchmark: `candidates(workload, images)` of each module returns those for a workload."""
