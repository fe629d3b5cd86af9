"""The images that networks are trained and tested on.

MNIST, its augmentation, synthetic digits, images that are no digit, and the training set made
of them. Imports no Keras.
"""
