"""Arrays and numbers to pictures, charts and text.

Charts are ECharts options, plain dictionaries; `figure` draws with matplotlib. Imports no Keras.
"""
