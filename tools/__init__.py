"""The server and the browser that the browser tests and the benchmarks share."""
