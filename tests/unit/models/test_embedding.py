import ast
import math
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import cnn.models.embedding as module
from cnn.config import TrainingConfig
from cnn.models.embedding import (
    MARGIN,
    NO_CLASS,
    SCALE,
    embedding_loss,
    prototype_loss,
    with_vectors,
)
from cnn.models.losses import digit_loss
from cnn.models.network import build_network

VECTORS = arrays(np.float32, (7, 3), elements=st.integers(-8, 8).map(float)).filter(
    lambda rows: (np.linalg.norm(rows, axis=1) > 0).all()
)
LABELS = st.lists(st.integers(-4, 2), min_size=7, max_size=7)


def unit(vector):
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector] if length else list(vector)


def cosine(a, b):
    return sum(x * y for x, y in zip(unit(a), unit(b), strict=True))


def naive_losses(labels, vectors):
    """Image by image: the cosine to each class's mean direction, then -ln of the softmax."""
    units = [unit(each) for each in vectors.tolist()]
    classes = [
        [j for j, label in enumerate(labels) if label == each]
        for each in dict.fromkeys(label for label in labels if label != NO_CLASS)
    ]
    classes += [[j] for j, label in enumerate(labels) if label == NO_CLASS]
    losses = []
    for i, one in enumerate(units):
        own, others = None, []
        for members in classes:
            rest = [j for j in members if j != i]
            total = [sum(column) for column in zip(*(units[j] for j in rest), strict=True)]
            if i not in members:
                others.append(SCALE * cosine(one, total))
            elif rest:
                own = SCALE * (cosine(one, total) - MARGIN)
        exponentials = [math.exp(each) for each in others]
        losses.append(0 if own is None else math.log(math.exp(own) + math.fsum(exponentials)) - own)
    return losses


@given(LABELS, VECTORS)
def test_the_loss_is_that_of_a_loop_over_images_and_classes(labels, vectors):
    expected = naive_losses(labels, vectors)
    # Where the directions of a class cancel out, its mean has none: rounding decides.
    for label in set(labels) - {NO_CLASS}:
        own = [unit(each) for each, of in zip(vectors.tolist(), labels, strict=True) if of == label]
        for left_out in (None, *range(len(own))):
            rest = [each for i, each in enumerate(own) if i != left_out]
            if rest and np.linalg.norm(np.sum(rest, axis=0)) < 1e-3:
                return
    found = np.asarray(prototype_loss(np.array(labels), vectors))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_close_vectors_of_one_class_have_a_smaller_loss():
    labels = np.array([0, 0, -2, -2])
    close = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]], np.float32)
    mixed = close[[0, 2, 1, 3]]
    assert np.max(prototype_loss(labels, close)) < 0.01
    assert np.min(prototype_loss(labels, mixed)) > 5


def test_an_image_without_another_of_its_class_has_no_loss_of_its_own():
    labels = np.array([0, 0, 1, NO_CLASS, NO_CLASS])
    losses = np.asarray(prototype_loss(labels, np.eye(5, 4, dtype=np.float32) + 0.5))
    assert (losses[:2] > 0).all()
    np.testing.assert_array_equal(losses[2:], 0)


def test_the_gradient_is_finite_if_all_vectors_are_zero():
    tf = pytest.importorskip("tensorflow")
    vectors = tf.Variable(np.zeros((4, 3), np.float32))
    with tf.GradientTape() as tape:
        loss = prototype_loss(tf.constant([0, 0, -2, -1]), vectors)
    assert np.isfinite(loss).all()
    assert np.isfinite(tape.gradient(loss, vectors)).all()


def test_the_vectors_are_the_last_hidden_layer_beside_the_probabilities():
    network = build_network(TrainingConfig(preset="embedding"))
    joined = with_vectors(network)
    images = np.random.default_rng(0).random((2, 28, 28, 1)).astype(np.float32)
    hidden = keras.Model(network.inputs[0], network.layers[-2].output)
    expected = np.concatenate([network(images), hidden(images)], axis=1)
    np.testing.assert_allclose(joined(images), expected, atol=1e-6)
    for mine, its in zip(joined.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_the_loss_is_the_sum_of_both():
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(10), 6).astype(np.float32)
    vectors, labels = rng.normal(size=(6, 4)).astype(np.float32), np.array([1, 1, -2, -2, 3, -1])
    found = embedding_loss(10)(labels, np.concatenate([probabilities, vectors], axis=1))
    expected = np.asarray(digit_loss(labels, probabilities)) + prototype_loss(labels, vectors)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_no_backend_is_named():
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert names == {"keras", "cnn"}
