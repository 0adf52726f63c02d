"""The published experiments: their findings as checks over recorded runs, and the page that shows them."""
