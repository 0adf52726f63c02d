"""The parts of the sweep benchmark, the measurement of commands, and the programs to compare with."""
