"""The Explore page: a diagram of the network, the arithmetic of each layer, poolings compared."""
