from contextlib import closing
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.data.training_set import TrainingSet, build_training_set
from cnn.evaluation.calibration import TEMPERATURES
from cnn.models.losses import BatchLosses
from cnn.models.network import build_network
from cnn.runs.checkpoints import Checkpoint, read_checkpoint
from cnn.runs.training_errors import TrainingDiverged, TrainingStopped
from cnn.runs.writing import create_run
from cnn.training import fit as cnn_training
from cnn.training.fit import FineTuning, calibrate, evaluate, restore, train
from cnn.training.input_pipeline import shuffled_batches
from cnn.training.recorder import RunRecorder

pytestmark = pytest.mark.slow

CONFIG = TrainingConfig(epochs=2, batch_size=50, limit=200)  # 2 times 4 batches
FIGURES = {"loss", "accuracy", "val_loss", "val_accuracy"}


class Heard(RunRecorder):
    """Records a training in a folder, and keeps in memory what it recorded."""

    def __init__(self, run, **options):
        super().__init__(run, **options)
        self.steps, self.losses, self.times, self.epochs, self.weights = [], [], [], {}, {}
        self.checkpoints = []

    def write_batch(self, step, loss, elapsed_s):
        super().write_batch(step, loss, elapsed_s)
        self.steps.append(step)
        self.losses.append(loss)
        self.times.append(elapsed_s)

    def write_epoch(self, epoch, figures, elapsed_s):
        assert epoch in self.weights  # a curve has no epoch whose weights are not there
        super().write_epoch(epoch, figures, elapsed_s)
        self.epochs[epoch] = {name: figures[name] for name in FIGURES}
        self.times.append(elapsed_s)

    def write_weights(self, epoch, arrays):
        super().write_weights(epoch, arrays)
        self.weights[epoch] = [array.copy() for array in arrays]

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self.checkpoints.append(read_checkpoint(self.run))


@pytest.fixture(scope="module")
def run_training(tmp_path_factory, few_digits, validation_digits):
    """Trains with a configuration in a folder of its own: the network, and what was heard."""

    def run_training(config, should_stop=lambda: False, checkpoint=None, **options):
        run = create_run(config, tmp_path_factory.mktemp("runs"))
        heard = Heard(run, should_stop=should_stop, checkpoint=checkpoint)
        run_training.heard = heard
        with closing(heard):
            network = train(
                *(config, few_digits, validation_digits, [heard]), checkpoint=checkpoint, **options
            )
        return network, heard

    return run_training


@pytest.fixture(scope="module")
def validation_digits():
    return Digits(*(array[:200] for array in load_digits("test")))


@pytest.fixture(scope="module")
def training(run_training):
    """The network after a training with CONFIG, and what was heard of it."""
    return run_training(CONFIG)


def mean_loss(probabilities, labels):
    """The mean of -ln(probability of the right digit)."""
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


def test_every_batch_of_every_epoch_is_reported_in_order(training):
    _, heard = training
    assert heard.steps == [1, 2, 3, 4, 5, 6, 7, 8]
    assert np.isfinite(heard.losses).all()
    assert heard.times == sorted(heard.times)


def test_a_network_that_learns_loses_less(training):
    _, heard = training
    assert heard.losses[0] == pytest.approx(np.log(10), abs=0.3)  # it guesses among ten
    assert heard.losses[-1] < heard.losses[0]


def test_an_epochs_loss_is_the_mean_of_its_batches(training):
    _, heard = training
    assert list(heard.epochs) == [1, 2]
    assert heard.epochs[1]["loss"] == pytest.approx(np.mean(heard.losses[:4]), rel=1e-5)
    assert heard.epochs[2]["loss"] == pytest.approx(np.mean(heard.losses[4:]), rel=1e-5)


def test_the_weights_of_every_epoch_are_reported_and_of_the_untrained_network(training):
    network, heard = training
    assert list(heard.weights) == [0, 1, 2]
    for last, array in zip(heard.weights[2], network.get_weights(), strict=True):
        np.testing.assert_array_equal(last, array)
    for before, after in ((0, 1), (1, 2)):
        assert not np.allclose(heard.weights[before][0], heard.weights[after][0])


def test_validation_figures_are_those_of_the_network_after_the_epoch(training, validation_digits):
    _, heard = training
    network = build_network(CONFIG)
    for epoch, figures in heard.epochs.items():
        network.set_weights(heard.weights[epoch])
        probabilities = network.predict_on_batch(scaled(validation_digits.images))
        right = (probabilities.argmax(axis=1) == validation_digits.labels).mean()
        assert figures["val_accuracy"] == pytest.approx(right)
        assert figures["val_loss"] == pytest.approx(
            mean_loss(probabilities, validation_digits.labels), rel=1e-4
        )


def test_evaluating_gives_the_same_figures_as_the_last_epoch(training, validation_digits):
    network, heard = training
    assert evaluate(network, validation_digits) == {
        "loss": pytest.approx(heard.epochs[2]["val_loss"], rel=1e-5),
        "accuracy": pytest.approx(heard.epochs[2]["val_accuracy"]),
    }


def test_the_same_seed_gives_the_same_losses_and_half_an_epoch_does_not_count(
    training, run_training
):
    first = training[1]
    with pytest.raises(TrainingStopped):
        run_training(CONFIG, lambda: len(run_training.heard.steps) == 3)
    again = run_training.heard
    np.testing.assert_allclose(again.losses, first.losses[:3], rtol=1e-3)
    assert list(again.weights) == [0]
    assert again.epochs == {}
    assert_same(first.weights[0], again.weights[0])


def test_the_first_loss_is_that_of_the_untrained_network(training, run_training, few_digits):
    config = TrainingConfig(batch_size=120, limit=120, pooling="average", seed=1)
    with pytest.raises(TrainingStopped):
        run_training(config, lambda: True)
    heard = run_training.heard
    assert (heard.steps, list(heard.weights), heard.epochs) == ([1], [0], {})

    network = build_network(config)
    network.set_weights(heard.weights[0])
    probabilities = network.predict_on_batch(scaled(few_digits.images[:120]))
    expected = mean_loss(probabilities, few_digits.labels[:120])
    assert heard.losses == [pytest.approx(expected, rel=1e-4)]
    # Another seed begins elsewhere.
    assert not np.array_equal(heard.weights[0][0], training[1].weights[0][0])


def test_a_training_that_diverges_ends_and_says_what_to_change(run_training, few_digits):
    weights = [np.full_like(each, np.nan) for each in build_network(CONFIG).get_weights()]
    start = FineTuning(weights, Digits(*(each[:1] for each in few_digits)), held_out=True)
    with pytest.raises(TrainingDiverged, match=r"step 1 .*learning rate, which was 0.001"):
        run_training(CONFIG, fine_tuning=start)
    assert run_training.heard.losses == []


def numbers_in(batches):
    """Which digits came, batch by batch; each was marked by its first pixel."""
    marks = [np.asarray(images)[:, 0, 0, 0] * 255 for images, _ in batches]
    return [np.rint(each).astype(int).tolist() for each in marks]


def test_each_epoch_has_every_digit_once_in_an_order_that_only_the_seed_decides():
    images = np.zeros((120, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(120)
    digits = Digits(images, np.arange(120, dtype=np.uint8) % 10)
    config = TrainingConfig(batch_size=30, limit=100, seed=3)
    batches = shuffled_batches(build_training_set(config, digits), config)
    first, second = numbers_in(batches), numbers_in(batches)
    for epoch in (first, second):
        assert [len(batch) for batch in epoch] == [30, 30, 30, 10]
        assert sorted(chain(*epoch)) == list(range(100))
    assert first != second
    assert numbers_in(shuffled_batches(build_training_set(config, digits), config)) == first
    other = TrainingConfig(batch_size=30, limit=100, seed=4)
    assert numbers_in(shuffled_batches(build_training_set(other, digits), other)) != first


def test_a_batchs_images_are_scaled_and_stay_with_their_labels(few_digits):
    config = TrainingConfig(batch_size=100, limit=100)
    [(images, labels)] = shuffled_batches(build_training_set(config, few_digits), config)
    expected = {
        image.tobytes(): label
        for image, label in zip(scaled(few_digits.images[:100]), few_digits.labels, strict=False)
    }
    assert images.shape == (100, 28, 28, 1)
    for image, label in zip(images.numpy(), labels.numpy(), strict=True):
        assert expected[image.tobytes()] == label


def test_the_batch_loss_is_that_of_the_latest_batch_alone():
    metric = BatchLosses()
    metric.update_state(np.array([0]), np.array([[0.25, 0.75]], np.float32))
    metric.update_state(np.array([0, 1]), np.array([[0.5, 0.5], [0.9, 0.1]], np.float32))
    expected = (np.log(1 / 0.5) + np.log(1 / 0.1)) / 2
    assert np.asarray(metric.result()) == pytest.approx([expected], rel=1e-5)


DRAWING = TrainingConfig(preset="drawing", epochs=1, batch_size=45, limit=100)


@pytest.fixture(scope="module")
def drawing(run_training, few_digits):
    """The calibrated network after a training with DRAWING, and what was heard; 100 held out."""
    network, heard = run_training(DRAWING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cnn_training, "HELD_OUT_DIGITS", 100)
        heard.calibration = calibrate(network, DRAWING, few_digits)
    return network, heard


def assert_same(arrays, others):
    for one, other in zip(arrays, others, strict=True):
        np.testing.assert_array_equal(one, other)


def test_drawing_learns_from_all_its_material_and_reports_it(drawing):
    _, heard = drawing
    assert heard.steps == list(range(1, DRAWING.steps_per_epoch + 1))
    assert np.isfinite(heard.losses).all()
    assert list(heard.epochs) == [1]
    assert 0 <= heard.epochs[1]["accuracy"] <= 1


def test_drawing_is_calibrated_on_digits_held_out(drawing, few_digits):
    network, heard = drawing
    assert (heard.calibration.digits, heard.calibration.held_out) == (100, True)
    probabilities = network.predict_on_batch(scaled(few_digits.images[100:200]))
    turned_away = probabilities.max(axis=1) < heard.calibration.reject_threshold
    assert 1 <= turned_away.sum() <= 3  # of 100


def test_drawings_last_layer_alone_is_divided_by_the_temperature(drawing):
    network, heard = drawing
    *hidden, kernel, bias = heard.weights[1]
    assert heard.calibration.temperature != 1
    calibrated = network.get_weights()
    assert_same(calibrated[:-2], hidden)
    for array, before in zip(calibrated[-2:], (kernel, bias), strict=True):
        np.testing.assert_allclose(array * heard.calibration.temperature, before, rtol=1e-5)


def test_no_other_temperature_would_have_served_drawing_better(drawing, few_digits):
    _, heard = drawing
    network = build_network(DRAWING)
    network.set_weights(heard.weights[1])
    sums = np.log(network.predict_on_batch(scaled(few_digits.images[100:200])))

    def loss_at(temperature):
        powers = np.exp(sums / temperature)
        return mean_loss(powers / powers.sum(axis=1, keepdims=True), few_digits.labels[100:200])

    best = min(TEMPERATURES, key=loss_at)
    assert heard.calibration.temperature == pytest.approx(best, rel=0.1)  # a step or two of them


def test_the_notebooks_calibration_leaves_its_weights_alone(training, few_digits):
    network, heard = training
    calibration = calibrate(network, CONFIG, few_digits)
    assert calibration.temperature == 1
    assert_same(heard.weights[2], network.get_weights())
    # There are too few digits to hold any out: it says so.
    assert (calibration.digits, calibration.held_out) == (300, False)
    sureness = np.sort(network.predict_on_batch(scaled(few_digits.images)).max(axis=1))
    assert sureness[0] < calibration.reject_threshold < sureness[5]


def test_a_training_goes_on_from_given_weights_and_learns_its_corrections(
    drawing, few_digits, run_training
):
    weights = drawing[0].get_weights()
    wrong = Digits(few_digits.images[:1], (few_digits.labels[:1] + 1) % 10)
    config = TrainingConfig(
        preset="drawing", epochs=3, batch_size=20, learning_rate=3e-3, limit=100, base="x@1"
    )
    fine_tuning = FineTuning(weights, wrong, held_out=True)
    network, heard = run_training(config, fine_tuning=fine_tuning)
    assert_same(heard.weights[0], weights)
    assert len(heard.steps) == config.epochs * config.steps_per_epoch
    said = network.predict_on_batch(scaled(wrong.images))[0]
    before = build_network(config)
    before.set_weights(weights)
    assert said[wrong.labels[0]] > before.predict_on_batch(scaled(wrong.images))[0][wrong.labels[0]]


def test_the_same_seed_gives_drawing_the_same_material_and_batches(few_digits):
    def batches(config):
        training_set = build_training_set(config, few_digits)
        return training_set, list(shuffled_batches(training_set, config))

    first, again = batches(DRAWING), batches(DRAWING)
    np.testing.assert_array_equal(first[0].images, again[0].images)
    np.testing.assert_array_equal(first[0].labels, again[0].labels)
    assert len(first[1]) == DRAWING.steps_per_epoch
    for (images, labels), (same_images, same_labels) in zip(first[1], again[1], strict=True):
        np.testing.assert_array_equal(images, same_images)
        np.testing.assert_array_equal(labels, same_labels)
    other = TrainingConfig(preset="drawing", epochs=1, batch_size=45, limit=100, seed=1)
    assert not np.array_equal(batches(other)[1][0][0], first[1][0][0])


def test_no_two_batches_of_two_epochs_are_distorted_alike():
    drawn = []

    def note(images, rng):
        drawn.append(rng.random())
        return images

    training_set = TrainingSet(
        np.zeros((100, 28, 28), np.uint8), np.arange(100, dtype=np.int32), note
    )
    batches = shuffled_batches(training_set, TrainingConfig(batch_size=20, limit=100))
    labels = [np.concatenate([labels.numpy() for _, labels in batches]) for _ in ("one", "two")]
    assert len(set(drawn)) == len(drawn) == 10
    for epoch in labels:
        np.testing.assert_array_equal(np.sort(epoch), np.arange(100))


# Going on with a training


def test_after_each_epoch_there_is_a_checkpoint_with_its_weights_and_steps(training):
    _, heard = training
    assert [each.epoch for each in heard.checkpoints] == [1, 2]
    for each in heard.checkpoints:
        assert_same(each.weights, heard.weights[each.epoch])
        assert each.optimizer[0] == 4 * each.epoch
        assert each.elapsed_s in heard.times


def test_the_optimizer_is_what_it_was(training):
    network, checkpoint = build_network(CONFIG), training[1].checkpoints[0]
    restore(network, CONFIG, checkpoint)
    assert_same(checkpoint.weights, network.get_weights())
    assert_same(checkpoint.optimizer, [np.asarray(each) for each in network.optimizer.variables])


def test_what_goes_on_from_a_checkpoint_ends_where_it_would_have(training, run_training):
    straight = training[1]
    checkpoint, last = straight.checkpoints
    _, heard = run_training(CONFIG, checkpoint=checkpoint)
    assert heard.steps == [5, 6, 7, 8]
    assert list(heard.weights) == list(heard.epochs) == [2]
    assert min(heard.times) > checkpoint.elapsed_s
    np.testing.assert_allclose(heard.losses, straight.losses[4:], rtol=1e-3)
    for name in FIGURES:
        assert heard.epochs[2][name] == pytest.approx(straight.epochs[2][name], rel=1e-3)
    for one, other in zip(heard.checkpoints[0].optimizer, last.optimizer, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-4)


def test_if_all_epochs_are_whole_the_network_is_the_checkpoints(training, run_training):
    checkpoint = training[1].checkpoints[1]
    network, heard = run_training(CONFIG, checkpoint=checkpoint)
    assert (heard.steps, heard.epochs, heard.weights) == ([], {}, {})
    assert_same(network.get_weights(), checkpoint.weights)


@pytest.mark.parametrize("preset", ["notebook", "drawing"])
def test_the_order_goes_on_where_it_was(few_digits, preset):
    config = TrainingConfig(preset=preset, batch_size=60, limit=100, seed=3)

    def epochs(drawn, count):
        batches = shuffled_batches(build_training_set(config, few_digits), config, drawn)
        return [[images.numpy() for images, _ in batches] for _ in range(count)]

    straight = epochs(0, 3)
    for resumed, expected in zip(epochs(1, 2), straight[1:], strict=True):
        assert_same(resumed, expected)
    assert not np.array_equal(straight[0][0], straight[1][0])


@pytest.mark.parametrize("steps_counted", [None, 3])
def test_a_cycle_of_the_learning_rate_goes_on_where_it_was(steps_counted):
    config = replace(DRAWING, epochs=4)
    network = build_network(config)
    network.optimizer.build(network.trainable_variables)
    weights = network.get_weights()
    optimizer = [np.asarray(each) for each in network.optimizer.variables]
    if steps_counted is None:
        optimizer = None
    else:  # one that was begun anew since
        optimizer[0] = np.array(steps_counted)
    restore(network, config, Checkpoint(3, 1.0, weights, optimizer))
    steps, done = 4 * config.steps_per_epoch, 3 * config.steps_per_epoch
    rising = steps // 10  # and then falls as a half cosine
    fallen = np.pi * (done - rising) / (steps - rising)
    expected = config.learning_rate * (1 + np.cos(fallen)) / 2
    assert float(network.optimizer.learning_rate) == pytest.approx(expected)
    assert 0 < expected < config.learning_rate


# The preset that is fast

FAST = TrainingConfig(preset="fast", epochs=2, batch_size=10, limit=290, seed=5)  # 29 batches


@pytest.fixture(scope="module")
def fast(run_training):
    """A training with FAST in bfloat16: its network, and what was heard."""
    return run_training(FAST, precision="bfloat16")


def test_steps_that_are_taken_together_are_reported_one_by_one(fast):
    _, heard = fast
    assert FAST.steps_per_execution == 16  # so an epoch is 16 and 13
    assert heard.steps == list(range(1, 59))
    assert heard.times == sorted(heard.times)
    assert len(set(heard.losses)) == 58
    assert heard.losses[0] == pytest.approx(np.log(10), abs=0.3)
    assert heard.epochs[2]["loss"] == pytest.approx(np.mean(heard.losses[29:]), rel=1e-3)
    assert heard.epochs[2]["val_accuracy"] > 0.3  # 580 digits were enough to learn something


def test_what_is_computed_in_bfloat16_is_shown_as_it_is_in_float32(fast, validation_digits):
    network, heard = fast
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
    assert_same(network.get_weights(), heard.weights[2])
    for epoch, figures in heard.epochs.items():
        network.set_weights(heard.weights[epoch])
        probabilities = network.predict_on_batch(scaled(validation_digits.images))
        right = (probabilities.argmax(axis=1) == validation_digits.labels).mean()
        assert figures["val_accuracy"] == pytest.approx(right)
        assert figures["val_loss"] == pytest.approx(
            mean_loss(probabilities, validation_digits.labels), rel=1e-4
        )


def test_bfloat16_leads_about_where_float32_does(fast, run_training):
    _, in_bfloat16 = fast
    _, in_float32 = run_training(FAST)
    assert_same(in_bfloat16.weights[0], in_float32.weights[0])
    np.testing.assert_allclose(in_bfloat16.losses[:5], in_float32.losses[:5], rtol=0.02)
    assert in_bfloat16.losses != in_float32.losses


def test_a_fast_training_goes_on_from_a_checkpoint(fast, run_training):
    straight = fast[1]
    _, heard = run_training(FAST, checkpoint=straight.checkpoints[0], precision="bfloat16")
    assert heard.steps == list(range(30, 59))
    np.testing.assert_allclose(heard.losses[:3], straight.losses[29:32], rtol=0.02)
    np.testing.assert_allclose(heard.losses, straight.losses[29:], rtol=0.5)


def test_a_stop_is_heard_between_steps_that_are_taken_together(run_training):
    with pytest.raises(TrainingStopped):
        run_training(FAST, lambda: bool(run_training.heard.steps))
    assert run_training.heard.steps == list(range(1, 17))


def test_each_batch_of_fast_is_shifted_by_up_to_a_pixel_each_way():
    images = np.zeros((120, 28, 28), np.uint8)
    images[np.arange(120), 10, 20] = 100 + np.arange(120)
    digits = Digits(images, np.arange(120, dtype=np.uint8) % 10)
    config = replace(FAST, batch_size=2, limit=120)
    moves, seen = set(), []
    for batch, labels in shuffled_batches(build_training_set(config, digits), config):
        image, row, column, _ = np.nonzero(batch.numpy())
        assert image.tolist() == [0, 1]
        assert len(set(row)) == len(set(column)) == 1
        moves.add((int(row[0]) - 10, int(column[0]) - 20))
        indices = np.rint(batch.numpy()[image, row, column, 0] * 255).astype(int) - 100
        np.testing.assert_array_equal(indices % 10, labels)
        seen += indices.tolist()
    assert sorted(seen) == list(range(120))
    assert moves == {(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)}
