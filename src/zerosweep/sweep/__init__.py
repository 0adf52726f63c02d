"""Many runs: planned, shared out to workers, answered from the record, reported."""
