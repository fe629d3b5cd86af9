"""What several pages show: the choice of network and picture, the canvas, pictures with legends."""
