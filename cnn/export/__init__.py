"""Files to download: networks, metrics, figures, notebooks.

`formats.EXPORTS` lists them. Imports Keras only when a network is exported.
"""
