"""What `import zerosweep as zs` offers. The package itself resolves these names when they are first used."""
