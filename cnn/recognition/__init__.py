"""Recognition by comparison: a new drawing against examples, in the vectors of a network.

Imports no Keras: the vectors come from `cnn.inspection.recognizer`.
"""
