"""Runs: a run is a folder, which `run` reads, and `writing` and `checkpoints` write.

Also the list of runs, corrections, and the progress of a training. Imports no Keras.
"""
