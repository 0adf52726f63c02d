"""Where jobs run: processes of this machine, or of a Dask cluster, behind one interface."""
