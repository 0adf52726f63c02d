"""Pictures of runs. Each module turns records into series with a pure function, and series into a Figure with another."""
