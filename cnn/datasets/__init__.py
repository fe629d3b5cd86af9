"""Data sets: MNIST, files that somebody brings, and symbols drawn here; each is a folder.

Does not import Keras.
"""
