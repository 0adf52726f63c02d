"""Keeping runs: the only part of the package that imports mlflow, and it does so late, because that takes seconds."""
