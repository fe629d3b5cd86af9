"""The Learn page's sections."""
