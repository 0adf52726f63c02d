"""The parts of the search benchmark, and the programs that they measure."""
