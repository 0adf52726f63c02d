"""Pictures of a sweep: many runs in one figure. As for a single run, records become series, and series a Figure."""
