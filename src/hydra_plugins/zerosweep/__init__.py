"""What Hydra discovers: thin adapters only, imported on every start."""
