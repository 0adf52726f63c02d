"""Executors, which run jobs in processes of this machine or of a Dask cluster, behind one interface."""
