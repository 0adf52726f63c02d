"""From the command line to checked recipes: the only part of the package that knows Hydra and OmegaConf."""
