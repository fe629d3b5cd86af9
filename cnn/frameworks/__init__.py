"""The notebook's network in Keras, TensorFlow, PyTorch and JAX: shown, compared and raced.

Imports none of them: each computes in a process of its own (`process`, started by `comparison`).
"""
