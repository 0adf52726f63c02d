"""The public API: what `import zerosweep as zs` offers. `zerosweep/__init__.py` imports these modules on first use."""
