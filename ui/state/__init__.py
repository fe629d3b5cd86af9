"""What is chosen: the network and the picture, the session's keys, the address, the visitor."""
