import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnn.constants import IMAGE_SHAPE
from cnn.data.glyphs import LETTERS, SHAPES
from cnn.data.symbols import (
    FIRST_SYMBOL,
    HELD_OUT_CLASSES,
    RANDOM_CLASSES,
    draw_held_out_figures,
    draw_symbols,
    held_out_figures,
    held_out_random_classes,
    random_classes,
    random_glyph,
    training_classes,
)
from cnn.data.synthetic_digits import synthesize_glyph


@given(st.integers(0, 10_000))
def test_a_random_glyph_is_one_to_three_strokes_on_the_grid(seed):
    glyph = random_glyph(np.random.default_rng(seed))
    strokes = glyph.split(" ; ")
    assert 1 <= len(strokes) <= 3
    points = [pair.split(",") for pair in glyph.replace(";", "").replace("/", "").split()]
    assert len(points) > 2
    assert all(int(each) in (0, 25, 50, 75, 100) for pair in points for each in pair)
    lines = synthesize_glyph(glyph, np.random.default_rng(seed))
    assert len(lines) == len(strokes)
    assert all(np.isfinite(line).all() for line in lines)


def test_classes_for_training_and_those_kept_out_have_nothing_in_common():
    random, figures = held_out_random_classes(), held_out_figures()
    assert len(random) == HELD_OUT_CLASSES
    assert len(set(random_classes())) == RANDOM_CLASSES + HELD_OUT_CLASSES
    assert not set(training_classes()) & {*random, *figures.values()}
    assert {"star", "heart"} < set(figures) < {*LETTERS, *SHAPES}
    assert len(training_classes()) == 432  # as the texts of the app say


def test_symbols_are_drawn_in_turn_and_have_labels_below_those_of_digits():
    images, labels = draw_symbols(435, np.random.default_rng(0))
    assert (images.shape, images.dtype) == ((435, *IMAGE_SHAPE), np.uint8)
    assert labels[:3].tolist() == [FIRST_SYMBOL, FIRST_SYMBOL - 1, FIRST_SYMBOL - 2]
    assert labels[432:].tolist() == labels[:3].tolist()
    assert labels.max() == FIRST_SYMBOL
    assert images.any(axis=(1, 2)).all()
    assert not np.array_equal(images[0], images[432])


def test_the_figures_kept_out_are_always_drawn_alike():
    (images, labels), (again, _) = draw_held_out_figures(2), draw_held_out_figures(2)
    np.testing.assert_array_equal(images, again)
    assert labels.tolist() == np.repeat(np.arange(len(held_out_figures())), 2).tolist()
