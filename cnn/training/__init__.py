"""Trains one network: fit, input pipeline, precision, the callback that records it.

Needs Keras and TensorFlow. `cnn.jobs` runs it in a process of its own.
"""
