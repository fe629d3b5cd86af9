"""How good a network is: metrics, calibration, and the decision between an answer and none.

NumPy only; also which learning rate a range test suggests. Imports no Keras.
"""
