"""Convolutional networks on MNIST: train them, look inside them, read drawings with them.

An ordinary library that knows no screen: it never imports Streamlit. Only `layers`, `network`,
`training` and `recognizer` import Keras, which takes seconds; nothing else imports them at the
top, so a page can show before Keras is there.
"""
