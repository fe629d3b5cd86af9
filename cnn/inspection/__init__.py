"""Looks inside a trained network: activations, nearest neighbours, other poolings.

Needs Keras.
"""
