"""What a layer computes, in NumPy: convolution, pooling, receptive fields, PCA; and what
outputs do when pixels change.

It is shown to students as the code, and is the oracle that tests hold Keras to. Imports no Keras.
"""
