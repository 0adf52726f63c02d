"""Plugins that Hydra discovers. They are thin adapters, because Hydra imports them on every start."""
