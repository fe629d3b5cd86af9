"""A run is a folder: `run` reads it, `writing` and `checkpoints` write it.

Also the list of runs, corrections, and how far a training is. Imports no Keras.
"""
