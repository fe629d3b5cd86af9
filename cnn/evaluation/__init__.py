"""Evaluation of predictions: metrics, calibration, rejection, and the learning rate suggestion.

NumPy only. Imports no Keras.
"""
