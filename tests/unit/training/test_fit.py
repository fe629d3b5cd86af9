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
from cnn.training.fit import FineTuning, calibrate, evaluate, restore, train
from cnn.training.input_pipeline import shuffled_batches
from cnn.training.recorder import RunRecorder

pytestmark = pytest.mark.slow

CONFIG = TrainingConfig(epochs=2, batch_size=50, limit=200)  # 2 times 4 batches
METRICS = {"loss", "accuracy", "val_loss", "val_accuracy"}


class MemoryRecorder(RunRecorder):
    """Records a training in a folder, and in memory."""

    def __init__(self, run, **options):
        super().__init__(run, **options)
        self.steps, self.losses, self.times, self.epochs, self.weights = [], [], [], {}, {}
        self.checkpoints = []

    def write_batch(self, step, loss, elapsed_s):
        super().write_batch(step, loss, elapsed_s)
        self.steps.append(step)
        self.losses.append(loss)
        self.times.append(elapsed_s)

    def write_epoch(self, epoch, metrics, elapsed_s):
        assert epoch in self.weights  # weights are written before metrics
        super().write_epoch(epoch, metrics, elapsed_s)
        self.epochs[epoch] = {name: metrics[name] for name in METRICS}
        self.times.append(elapsed_s)

    def write_weights(self, epoch, arrays):
        super().write_weights(epoch, arrays)
        self.weights[epoch] = [array.copy() for array in arrays]

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self.checkpoints.append(read_checkpoint(self.run))


@pytest.fixture(scope="module")
def run_training(tmp_path_factory, few_digits, validation_digits):
    """A function that trains with a configuration and returns the network and its recorder."""

    def run_training(config, should_stop=lambda: False, checkpoint=None, **options):
        run = create_run(config, tmp_path_factory.mktemp("runs"))
        recorder = MemoryRecorder(run, should_stop=should_stop, checkpoint=checkpoint)
        run_training.recorder = recorder
        with closing(recorder):
            network = train(
                config,
                few_digits,
                validation_digits,
                [recorder],
                checkpoint=checkpoint,
                **options,
            )
        return network, recorder

    return run_training


@pytest.fixture(scope="module")
def validation_digits():
    return Digits(*(array[:200] for array in load_digits("test")))


@pytest.fixture(scope="module")
def training(run_training):
    """The network after training with CONFIG, and its recorder."""
    return run_training(CONFIG)


def mean_loss(probabilities, labels):
    """The mean of -ln(probability of the label)."""
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


def test_every_batch_of_every_epoch_is_recorded_in_order(training):
    _, recorder = training
    assert recorder.steps == [1, 2, 3, 4, 5, 6, 7, 8]
    assert np.isfinite(recorder.losses).all()
    assert recorder.times == sorted(recorder.times)


def test_the_loss_falls(training):
    _, recorder = training
    assert recorder.losses[0] == pytest.approx(np.log(10), abs=0.3)  # random predictions
    assert recorder.losses[-1] < recorder.losses[0]


def test_the_loss_of_an_epoch_is_the_mean_over_its_batches(training):
    _, recorder = training
    assert list(recorder.epochs) == [1, 2]
    assert recorder.epochs[1]["loss"] == pytest.approx(np.mean(recorder.losses[:4]), rel=1e-5)
    assert recorder.epochs[2]["loss"] == pytest.approx(np.mean(recorder.losses[4:]), rel=1e-5)


def test_the_initial_weights_and_those_of_every_epoch_are_recorded(training):
    network, recorder = training
    assert list(recorder.weights) == [0, 1, 2]
    for last, array in zip(recorder.weights[2], network.get_weights(), strict=True):
        np.testing.assert_array_equal(last, array)
    for before, after in ((0, 1), (1, 2)):
        assert not np.allclose(recorder.weights[before][0], recorder.weights[after][0])


def test_validation_metrics_are_those_after_the_epoch(training, validation_digits):
    _, recorder = training
    network = build_network(CONFIG)
    for epoch, metrics in recorder.epochs.items():
        network.set_weights(recorder.weights[epoch])
        probabilities = network.predict_on_batch(scaled(validation_digits.images))
        accuracy = (probabilities.argmax(axis=1) == validation_digits.labels).mean()
        assert metrics["val_accuracy"] == pytest.approx(accuracy)
        assert metrics["val_loss"] == pytest.approx(
            mean_loss(probabilities, validation_digits.labels), rel=1e-4
        )


def test_evaluate_gives_the_validation_metrics_of_the_last_epoch(training, validation_digits):
    network, recorder = training
    assert evaluate(network, validation_digits) == {
        "loss": pytest.approx(recorder.epochs[2]["val_loss"], rel=1e-5),
        "accuracy": pytest.approx(recorder.epochs[2]["val_accuracy"]),
    }


def test_the_same_seed_gives_the_same_losses_and_an_incomplete_epoch_is_not_recorded(
    training, run_training
):
    first = training[1]
    with pytest.raises(TrainingStopped):
        run_training(CONFIG, lambda: len(run_training.recorder.steps) == 3)
    repeated = run_training.recorder
    np.testing.assert_allclose(repeated.losses, first.losses[:3], rtol=1e-3)
    assert list(repeated.weights) == [0]
    assert repeated.epochs == {}
    assert_same(first.weights[0], repeated.weights[0])


def test_the_first_loss_is_that_of_the_initial_weights(training, run_training, few_digits):
    config = TrainingConfig(batch_size=120, limit=120, pooling="average", seed=1)
    with pytest.raises(TrainingStopped):
        run_training(config, lambda: True)
    recorder = run_training.recorder
    assert (recorder.steps, list(recorder.weights), recorder.epochs) == ([1], [0], {})

    network = build_network(config)
    network.set_weights(recorder.weights[0])
    probabilities = network.predict_on_batch(scaled(few_digits.images[:120]))
    expected = mean_loss(probabilities, few_digits.labels[:120])
    assert recorder.losses == [pytest.approx(expected, rel=1e-4)]
    # Another seed has other initial weights.
    assert not np.array_equal(recorder.weights[0][0], training[1].weights[0][0])


def test_a_training_that_diverges_raises_training_diverged(run_training, few_digits):
    weights = [np.full_like(each, np.nan) for each in build_network(CONFIG).get_weights()]
    fine_tuning = FineTuning(weights, Digits(*(each[:1] for each in few_digits)), held_out=True)
    with pytest.raises(TrainingDiverged, match=r"step 1 .*learning rate, which was 0.001"):
        run_training(CONFIG, fine_tuning=fine_tuning)
    assert run_training.recorder.losses == []


def indices_in(batches):
    """The indices of the digits in each batch; the first pixel of each holds its index."""
    indices = [np.asarray(images)[:, 0, 0, 0] * 255 for images, _ in batches]
    return [np.rint(each).astype(int).tolist() for each in indices]


def test_each_epoch_has_every_digit_once_in_an_order_determined_by_the_seed():
    images = np.zeros((120, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(120)
    digits = Digits(images, np.arange(120, dtype=np.uint8) % 10)
    config = TrainingConfig(batch_size=30, limit=100, seed=3)
    batches = shuffled_batches(build_training_set(config, digits), config)
    first, second = indices_in(batches), indices_in(batches)
    for epoch in (first, second):
        assert [len(batch) for batch in epoch] == [30, 30, 30, 10]
        assert sorted(chain(*epoch)) == list(range(100))
    assert first != second
    assert indices_in(shuffled_batches(build_training_set(config, digits), config)) == first
    other = TrainingConfig(batch_size=30, limit=100, seed=4)
    assert indices_in(shuffled_batches(build_training_set(other, digits), other)) != first


def test_images_of_a_batch_are_scaled_and_match_their_labels(few_digits):
    config = TrainingConfig(batch_size=100, limit=100)
    [(images, labels)] = shuffled_batches(build_training_set(config, few_digits), config)
    expected = {
        image.tobytes(): label
        for image, label in zip(scaled(few_digits.images[:100]), few_digits.labels, strict=False)
    }
    assert images.shape == (100, 28, 28, 1)
    for image, label in zip(images.numpy(), labels.numpy(), strict=True):
        assert expected[image.tobytes()] == label


def test_the_batch_loss_is_that_of_the_last_batch_only():
    metric = BatchLosses()
    metric.update_state(np.array([0]), np.array([[0.25, 0.75]], np.float32))
    metric.update_state(np.array([0, 1]), np.array([[0.5, 0.5], [0.9, 0.1]], np.float32))
    expected = (np.log(1 / 0.5) + np.log(1 / 0.1)) / 2
    assert np.asarray(metric.result()) == pytest.approx([expected], rel=1e-5)


DRAWING = TrainingConfig(preset="drawing", epochs=1, batch_size=45, limit=100)


@pytest.fixture(scope="module")
def drawing(run_training, few_digits):
    """The calibrated network after training with DRAWING, and its recorder; 100 digits held out."""
    network, recorder = run_training(DRAWING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cnn.training.fit.HELD_OUT_DIGITS", 100)
        recorder.calibration = calibrate(network, DRAWING, few_digits)
    return network, recorder


def assert_same(arrays, others):
    for one, other in zip(arrays, others, strict=True):
        np.testing.assert_array_equal(one, other)


def test_drawing_trains_on_its_whole_training_set(drawing):
    _, recorder = drawing
    assert recorder.steps == list(range(1, DRAWING.steps_per_epoch + 1))
    assert np.isfinite(recorder.losses).all()
    assert list(recorder.epochs) == [1]
    assert 0 <= recorder.epochs[1]["accuracy"] <= 1


EMBEDDING = TrainingConfig(preset="embedding", epochs=2, batch_size=65, limit=100)


@pytest.fixture(scope="module")
def embedding(run_training):
    """The network after training with EMBEDDING in bfloat16, and its recorder."""
    return run_training(EMBEDDING, precision="bfloat16")


def test_embedding_trains_its_vectors_and_records_the_weights_of_its_network(embedding):
    network, recorder = embedding
    assert recorder.steps == list(range(1, 2 * EMBEDDING.steps_per_epoch + 1))
    assert network.output_shape == (None, 10)
    assert_same(recorder.weights[2], network.get_weights())
    # The loss of the vectors comes to that of ten equal probabilities.
    assert recorder.losses[0] > np.log(10) + 0.5
    assert np.isfinite(recorder.losses).all()
    assert recorder.epochs[2]["loss"] == pytest.approx(np.mean(recorder.losses[4:]), rel=1e-3)
    hidden = [recorder.weights[epoch][-4] for epoch in (0, 2)]
    assert not np.array_equal(*hidden)


def test_embedding_resumes_where_it_was(embedding, run_training):
    _, recorder = embedding
    _, resumed = run_training(EMBEDDING, checkpoint=recorder.checkpoints[0])
    assert resumed.steps == list(range(5, 9))
    for one, other in zip(resumed.weights[2], recorder.weights[2], strict=True):
        np.testing.assert_allclose(one, other, atol=0.05)  # the one in float32


def test_drawing_is_calibrated_on_digits_held_out(drawing, few_digits):
    network, recorder = drawing
    assert (recorder.calibration.digits, recorder.calibration.held_out) == (100, True)
    probabilities = network.predict_on_batch(scaled(few_digits.images[100:200]))
    rejected = probabilities.max(axis=1) < recorder.calibration.reject_threshold
    assert 1 <= rejected.sum() <= 3  # of 100


def test_only_the_last_layer_of_drawing_is_divided_by_the_temperature(drawing):
    network, recorder = drawing
    *hidden, kernel, bias = recorder.weights[1]
    assert recorder.calibration.temperature != 1
    calibrated = network.get_weights()
    assert_same(calibrated[:-2], hidden)
    for array, before in zip(calibrated[-2:], (kernel, bias), strict=True):
        np.testing.assert_allclose(array * recorder.calibration.temperature, before, rtol=1e-5)


def test_no_other_temperature_has_a_lower_loss(drawing, few_digits):
    _, recorder = drawing
    network = build_network(DRAWING)
    network.set_weights(recorder.weights[1])
    logits = np.log(network.predict_on_batch(scaled(few_digits.images[100:200])))

    def loss_at(temperature):
        exponentials = np.exp(logits / temperature)
        return mean_loss(
            exponentials / exponentials.sum(axis=1, keepdims=True), few_digits.labels[100:200]
        )

    best = min(TEMPERATURES, key=loss_at)
    assert recorder.calibration.temperature == pytest.approx(best, rel=0.1)  # one or two grid steps


def test_calibrating_the_notebooks_network_does_not_change_its_weights(training, few_digits):
    network, recorder = training
    calibration = calibrate(network, CONFIG, few_digits)
    assert calibration.temperature == 1
    assert_same(recorder.weights[2], network.get_weights())
    # There are too few digits to hold any out.
    assert (calibration.digits, calibration.held_out) == (300, False)
    confidence = np.sort(network.predict_on_batch(scaled(few_digits.images)).max(axis=1))
    assert confidence[0] < calibration.reject_threshold < confidence[5]


def test_fine_tuning_starts_from_the_given_weights_and_fits_the_corrections(
    drawing, few_digits, run_training
):
    weights = drawing[0].get_weights()
    corrections = Digits(few_digits.images[:1], (few_digits.labels[:1] + 1) % 10)
    config = TrainingConfig(
        preset="drawing", epochs=3, batch_size=20, learning_rate=3e-3, limit=100, base="x@1"
    )
    fine_tuning = FineTuning(weights, corrections, held_out=True)
    network, recorder = run_training(config, fine_tuning=fine_tuning)
    assert_same(recorder.weights[0], weights)
    assert len(recorder.steps) == config.epochs * config.steps_per_epoch
    fine_tuned = network.predict_on_batch(scaled(corrections.images))[0]
    before = build_network(config)
    before.set_weights(weights)
    label = corrections.labels[0]
    assert fine_tuned[label] > before.predict_on_batch(scaled(corrections.images))[0][label]


def test_the_same_seed_gives_drawing_the_same_training_set_and_batches(few_digits):
    def batches(config):
        training_set = build_training_set(config, few_digits)
        return training_set, list(shuffled_batches(training_set, config))

    first, repeated = batches(DRAWING), batches(DRAWING)
    np.testing.assert_array_equal(first[0].images, repeated[0].images)
    np.testing.assert_array_equal(first[0].labels, repeated[0].labels)
    assert len(first[1]) == DRAWING.steps_per_epoch
    for (images, labels), (same_images, same_labels) in zip(first[1], repeated[1], strict=True):
        np.testing.assert_array_equal(images, same_images)
        np.testing.assert_array_equal(labels, same_labels)
    other = TrainingConfig(preset="drawing", epochs=1, batch_size=45, limit=100, seed=1)
    assert not np.array_equal(batches(other)[1][0][0], first[1][0][0])


def test_every_batch_of_two_epochs_is_augmented_differently():
    values = []

    def augment(images, rng):
        values.append(rng.random())
        return images

    training_set = TrainingSet(
        np.zeros((100, 28, 28), np.uint8), np.arange(100, dtype=np.int32), augment
    )
    batches = shuffled_batches(training_set, TrainingConfig(batch_size=20, limit=100))
    labels = [np.concatenate([labels.numpy() for _, labels in batches]) for _ in ("one", "two")]
    assert len(set(values)) == len(values) == 10
    for epoch in labels:
        np.testing.assert_array_equal(np.sort(epoch), np.arange(100))


# Resuming


def test_each_epoch_has_a_checkpoint_with_its_weights_and_steps(training):
    _, recorder = training
    assert [each.epoch for each in recorder.checkpoints] == [1, 2]
    for each in recorder.checkpoints:
        assert_same(each.weights, recorder.weights[each.epoch])
        assert each.optimizer[0] == 4 * each.epoch
        assert each.elapsed_s in recorder.times


def test_restore_sets_weights_and_optimizer(training):
    network, checkpoint = build_network(CONFIG), training[1].checkpoints[0]
    restore(network, CONFIG, checkpoint)
    assert_same(checkpoint.weights, network.get_weights())
    assert_same(checkpoint.optimizer, [np.asarray(each) for each in network.optimizer.variables])


def test_a_resumed_training_equals_an_uninterrupted_one(training, run_training):
    uninterrupted = training[1]
    checkpoint, last = uninterrupted.checkpoints
    _, recorder = run_training(CONFIG, checkpoint=checkpoint)
    assert recorder.steps == [5, 6, 7, 8]
    assert list(recorder.weights) == list(recorder.epochs) == [2]
    assert min(recorder.times) > checkpoint.elapsed_s
    np.testing.assert_allclose(recorder.losses, uninterrupted.losses[4:], rtol=1e-3)
    for name in METRICS:
        assert recorder.epochs[2][name] == pytest.approx(uninterrupted.epochs[2][name], rel=1e-3)
    for one, other in zip(recorder.checkpoints[0].optimizer, last.optimizer, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-4)


def test_resuming_after_the_last_epoch_returns_the_checkpointed_network(training, run_training):
    checkpoint = training[1].checkpoints[1]
    network, recorder = run_training(CONFIG, checkpoint=checkpoint)
    assert (recorder.steps, recorder.epochs, recorder.weights) == ([], {}, {})
    assert_same(network.get_weights(), checkpoint.weights)


@pytest.mark.parametrize("preset", ["notebook", "drawing", "embedding"])
def test_the_data_order_continues(few_digits, preset):
    config = TrainingConfig(preset=preset, batch_size=60, limit=100, seed=3)

    def epochs(skip_shuffles, count):
        batches = shuffled_batches(build_training_set(config, few_digits), config, skip_shuffles)
        return [[images.numpy() for images, _ in batches] for _ in range(count)]

    uninterrupted = epochs(0, 3)
    for resumed, expected in zip(epochs(1, 2), uninterrupted[1:], strict=True):
        assert_same(resumed, expected)
    assert not np.array_equal(uninterrupted[0][0], uninterrupted[1][0])


@pytest.mark.parametrize("steps_counted", [None, 3])
def test_a_one_cycle_learning_rate_continues(steps_counted):
    config = replace(DRAWING, epochs=4)
    network = build_network(config)
    network.optimizer.build(network.trainable_variables)
    weights = network.get_weights()
    optimizer = [np.asarray(each) for each in network.optimizer.variables]
    if steps_counted is None:
        optimizer = None
    else:  # a new optimizer since then
        optimizer[0] = np.array(steps_counted)
    restore(network, config, Checkpoint(3, 1.0, weights, optimizer))
    steps, done = 4 * config.steps_per_epoch, 3 * config.steps_per_epoch
    warmup = steps // 10  # then a half cosine
    phase = np.pi * (done - warmup) / (steps - warmup)
    expected = config.learning_rate * (1 + np.cos(phase)) / 2
    assert float(network.optimizer.learning_rate) == pytest.approx(expected)
    assert 0 < expected < config.learning_rate


# The preset fast

FAST = TrainingConfig(preset="fast", epochs=2, batch_size=10, limit=290, seed=5)  # 29 batches


@pytest.fixture(scope="module")
def fast(run_training):
    """The network after training with FAST in bfloat16, and its recorder."""
    return run_training(FAST, precision="bfloat16")


def test_steps_of_one_execution_are_recorded_one_by_one(fast):
    _, recorder = fast
    assert FAST.steps_per_execution == 16  # an epoch of 29 is two executions
    assert recorder.steps == list(range(1, 59))
    assert recorder.times == sorted(recorder.times)
    assert len(set(recorder.losses)) == 58
    assert recorder.losses[0] == pytest.approx(np.log(10), abs=0.3)
    assert recorder.epochs[2]["loss"] == pytest.approx(np.mean(recorder.losses[29:]), rel=1e-3)
    assert recorder.epochs[2]["val_accuracy"] > 0.3  # far above chance, after 580 digits


def test_validation_metrics_of_a_bfloat16_training_are_computed_in_float32(fast, validation_digits):
    network, recorder = fast
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
    assert_same(network.get_weights(), recorder.weights[2])
    for epoch, metrics in recorder.epochs.items():
        network.set_weights(recorder.weights[epoch])
        probabilities = network.predict_on_batch(scaled(validation_digits.images))
        accuracy = (probabilities.argmax(axis=1) == validation_digits.labels).mean()
        assert metrics["val_accuracy"] == pytest.approx(accuracy)
        assert metrics["val_loss"] == pytest.approx(
            mean_loss(probabilities, validation_digits.labels), rel=1e-4
        )


def test_bfloat16_and_float32_have_similar_losses(fast, run_training):
    _, in_bfloat16 = fast
    _, in_float32 = run_training(FAST)
    assert_same(in_bfloat16.weights[0], in_float32.weights[0])
    np.testing.assert_allclose(in_bfloat16.losses[:5], in_float32.losses[:5], rtol=0.02)
    assert in_bfloat16.losses != in_float32.losses


def test_a_fast_training_can_be_resumed(fast, run_training):
    uninterrupted = fast[1]
    _, recorder = run_training(FAST, checkpoint=uninterrupted.checkpoints[0], precision="bfloat16")
    assert recorder.steps == list(range(30, 59))
    np.testing.assert_allclose(recorder.losses[:3], uninterrupted.losses[29:32], rtol=0.02)
    np.testing.assert_allclose(recorder.losses, uninterrupted.losses[29:], rtol=0.5)


def test_a_training_stops_after_an_execution(run_training):
    with pytest.raises(TrainingStopped):
        run_training(FAST, lambda: bool(run_training.recorder.steps))
    assert run_training.recorder.steps == list(range(1, 17))


def test_each_batch_of_fast_is_shifted_by_up_to_a_pixel():
    images = np.zeros((120, 28, 28), np.uint8)
    images[np.arange(120), 10, 20] = 100 + np.arange(120)
    digits = Digits(images, np.arange(120, dtype=np.uint8) % 10)
    config = replace(FAST, batch_size=2, limit=120)
    shifts, indices_seen = set(), []
    for batch, labels in shuffled_batches(build_training_set(config, digits), config):
        image, row, column, _ = np.nonzero(batch.numpy())
        assert image.tolist() == [0, 1]
        assert len(set(row)) == len(set(column)) == 1
        shifts.add((int(row[0]) - 10, int(column[0]) - 20))
        indices = np.rint(batch.numpy()[image, row, column, 0] * 255).astype(int) - 100
        np.testing.assert_array_equal(indices % 10, labels)
        indices_seen += indices.tolist()
    assert sorted(indices_seen) == list(range(120))
    assert shifts == {(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)}


def test_a_resumed_training_with_dropout_and_normalization_equals_an_uninterrupted_one(
    run_training,
):
    # Dropout draws other values in each step, and the moving means are not trained.
    network = (
        "Sequential([Conv2D(4, 5, 3), BatchNormalization(), Flatten(), Dropout(0.5), "
        "Dense(10, 'softmax')])"
    )
    config = replace(CONFIG, network=network, dropout=0.25)
    _, uninterrupted = run_training(config)
    checkpoint = uninterrupted.checkpoints[0]
    assert len(checkpoint.random) == 2
    _, resumed = run_training(config, checkpoint=checkpoint)
    np.testing.assert_allclose(resumed.losses, uninterrupted.losses[4:], rtol=1e-4)
    for one, other in zip(resumed.weights[2], uninterrupted.weights[2], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
