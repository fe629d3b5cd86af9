"""Reading pictures: several digits found, split where they touch, classified, and listed as JSON.

Needs no Keras: the network is passed as a function.
"""
