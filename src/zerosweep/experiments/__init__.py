"""The published experiments: their findings as checks on recorded runs, and the page `docs/experiments.md`."""
