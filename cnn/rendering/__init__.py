"""Arrays and numbers as images, charts and text.

Charts are ECharts options, plain dictionaries; `figure` uses matplotlib. Imports no Keras.
"""
