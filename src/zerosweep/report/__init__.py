"""What a sweep, or any other set of runs, shows together: tables, statistics, figures, and one page with all of it."""
