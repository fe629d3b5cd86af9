"""The Compare page: the table of runs, learning curves, experiments."""
