"""Training of one network: fit, input pipeline, precision, learning rate range test, recording.

Needs Keras and TensorFlow. `cnn.jobs` runs it in a separate process.
"""
