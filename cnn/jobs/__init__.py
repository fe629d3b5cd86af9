"""Trainings as jobs: the queue, the worker processes, experiments, the trash.

Imports Keras only within a worker, once it trains.
"""
