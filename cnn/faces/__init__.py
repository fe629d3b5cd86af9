"""Faces found by a sliding window: a data set, windows of a picture, and boxes."""
