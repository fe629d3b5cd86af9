"""From strokes or an image file to a normalized image, the (28, 28) input of a network.

Does not import Keras.
"""
