"""The parts of the sweep benchmark, how a command is measured, and the programs that others would have written."""
