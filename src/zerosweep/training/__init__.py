"""The training loop, what it reports, and what is made of that."""
