"""From a drawing or a picture file to the 28 x 28 pixels that a network reads.

Strokes, scaling and centring, finding several digits, picture files. Imports no Keras.
"""
