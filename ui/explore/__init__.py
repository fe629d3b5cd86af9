"""The Explore page: the network as a diagram, a layer opened, poolings compared."""
