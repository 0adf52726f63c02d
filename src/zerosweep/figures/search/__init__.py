"""Pictures of a search: its trials over time, over its settings, over its objectives."""
