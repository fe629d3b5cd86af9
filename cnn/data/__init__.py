"""MNIST, data augmentation, synthetic digits, non-digits, and the training set made of them.

Does not import Keras.
"""
