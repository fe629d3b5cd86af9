"""What the browser tests and the benchmarks share, and the app does without."""
