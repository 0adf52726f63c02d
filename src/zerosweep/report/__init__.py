"""The report of a sweep, or of any other set of runs: tables, statistics, figures, and one page with all of them."""
