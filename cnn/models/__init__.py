"""The Keras networks: layers, losses, optimizers, and how they are built from a configuration.

Needs Keras.
"""
