"""Detection of digits in a picture: found, split where they touch, classified, and as JSON.

Needs no Keras: the network is passed as a function.
"""
