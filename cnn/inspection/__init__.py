"""Inspection of trained networks: activations, nearest neighbours, replaced pooling.

Needs Keras.
"""
