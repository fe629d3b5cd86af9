"""Networks as tuples of layers: their shapes, their Keras code, their files. Without Keras.

`cnn.models.network` makes Keras networks of them.
"""
