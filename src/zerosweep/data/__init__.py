"""Where examples come from, how they are split, and how they are dealt out in mini-batches."""
