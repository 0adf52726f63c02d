"""A grid of runs: its plan, the listing of `plan=true`, and the command that runs and reports it."""
