"""Trainings as jobs: the queue, the worker processes, experiments, learning rate sweeps, the trash.

Keras is imported only in worker processes, when they train.
"""
