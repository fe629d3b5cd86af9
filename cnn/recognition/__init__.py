"""Recognition by comparison: a new drawing against examples, in the vectors of a network.

NumPy alone: the vectors come from `cnn.inspection.recognizer`.
"""
