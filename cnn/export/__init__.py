"""Files to download: networks, metrics, charts and notebooks.

`formats.EXPORTS` lists them. Imports Keras only when a network is exported.
"""
