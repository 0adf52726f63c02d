"""Runs in MLflow: opening a store, writing a run, reading recorded runs, claims.

No other package imports mlflow. It is imported inside functions, because the import takes seconds.
"""
