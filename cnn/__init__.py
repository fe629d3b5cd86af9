"""A library about convolutional networks on MNIST, without a screen: it never imports Streamlit."""
