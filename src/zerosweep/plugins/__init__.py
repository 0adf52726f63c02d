"""Plugins: Python files, or installed packages, that add parts of one's own to the built-in ones."""
