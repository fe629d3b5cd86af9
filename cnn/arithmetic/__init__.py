"""The arithmetic of the layers in NumPy: convolution, pooling, receptive fields, PCA, occlusion.

The app shows it as code, and tests compare Keras with it. Imports no Keras.
"""
