"""Scripts that measure speed and accuracy, and print the figures."""
