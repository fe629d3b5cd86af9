"""A library about convolutional networks on MNIST. It never imports Streamlit."""
