"""One run: from settings to numbers, its identity, its record, its diagnosis page, and doing it again."""
