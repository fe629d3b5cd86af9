"""The page Frameworks: one network in Keras, TensorFlow, PyTorch and JAX."""
