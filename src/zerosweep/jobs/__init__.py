"""Jobs of any kind on any workers: the engine, what a worker does, answers from the record, and the live display."""
