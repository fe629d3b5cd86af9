"""The Keras networks: layers, losses, optimizers, and how a configuration defines a network.

Needs Keras.
"""
