"""The Learn page's steps."""
