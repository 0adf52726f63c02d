"""Searches: trials that Optuna proposes, run on the sweep's workers. Only here is optuna imported."""
