"""Searches: Optuna proposes trials, and a sweep's workers run them. Optuna is imported in this package only."""
