"""Sizes of MNIST and paths of the project."""

from pathlib import Path

IMAGE_SIDE = 28  # pixels
IMAGE_SHAPE = (IMAGE_SIDE, IMAGE_SIDE)
CLASSES = 10
TRAINING_IMAGES, TEST_IMAGES = 60_000, 10_000
HELD_OUT_DIGITS = 5_000  # the last of the training images, for validation and calibration
ASSETS_PATH = Path(__file__).parent / "assets"
PROJECT_PATH = Path(__file__).parent.parent
