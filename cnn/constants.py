"""What is fixed: the sizes of MNIST, and where this project keeps its files."""

from pathlib import Path

IMAGE_SIDE = 28  # pixels
IMAGE_SHAPE = (IMAGE_SIDE, IMAGE_SIDE)
CLASSES = 10
TRAINING_IMAGES, TEST_IMAGES = 60_000, 10_000
ASSETS_PATH = Path(__file__).parent / "assets"
PROJECT_PATH = Path(__file__).parent.parent
