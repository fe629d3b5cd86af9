"""What each step of the lesson asks for, and whether the visitor has done it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cnn.arithmetic.perturbation import (
    PERTURBATIONS,
    POOLING_KINDS,
    Pooling,
    pooled_changes,
)
from cnn.jobs.experiments import list_experiments, outcomes
from cnn.rendering.text import percent
from cnn.runs.corrections import list_corrections
from cnn.runs.run import RunError, RunState, open_run
from ui.loading.networks import recognizer_of
from ui.loading.warmup import is_loaded
from ui.state.picture_url import AddressError, ChosenPicture, no_picture, picture_at
from ui.state.selection import chosen_network
from ui.state.session import (
    CUSTOM_RELU,
    EXPERIMENTS,
    LAYER,
    PICTURE,
    POINTED_CELLS,
    STARTED,
)
from ui.state.visitor import corrections_folder

HIGH_RATE = 0.03
SAME = 0.005  # changes closer than this count as equal


@dataclass(frozen=True)
class Question:
    """A question of a step.

    reply: from the chosen option to whether it is right, and a sentence on it; prediction: whether
    any answer will do, as the reply is what was measured.
    """

    text: str
    options: tuple[str, ...]
    reply: Callable[[str], tuple[bool, str]]
    prediction: bool = False


def expects(answer: str, reason: str) -> Callable[[str], tuple[bool, str]]:
    """Return the reply of a question with one `answer`; the `reason` is said if it is right."""
    return lambda chosen: (chosen == answer, reason if chosen == answer else "Not yet: look again.")


def shift_changes_most(chosen: str) -> tuple[bool, str]:
    """Reply to a prediction with what is measured for the chosen picture, shifted by one pixel."""
    recognizer = recognizer_of(chosen_network())
    perturbation = PERTURBATIONS[0]
    images = _picture().image[None]
    before, after = (
        recognizer.all_activations(each)[0] for each in (images, perturbation.apply(images, 1))
    )
    changes = pooled_changes(before, after, Pooling(2, 2, "valid"))[:, 0]
    shares = dict(zip(POOLING_KINDS, changes.tolist(), strict=True))
    measured = ", ".join(f"{kind} {percent(share, 0)}" for kind, share in shares.items())
    right = shares[chosen] > max(shares.values()) - SAME
    verdict = "As predicted" if right else "Not as predicted"
    return right, f"{verdict}. Change of all maps of the first layer, measured: {measured}."


def has_drawn() -> bool:
    """Whether a drawing is the chosen picture."""
    return (PICTURE.get() or "").startswith("drawing")


def has_pointed_at_cells() -> bool:
    """Whether the visitor has pointed at several cells of the custom kernel's output."""
    return POINTED_CELLS.get()


def has_relu() -> bool:
    """Whether ReLU follows the custom kernel."""
    return CUSTOM_RELU.get()


def has_opened_the_last_layer() -> bool:
    """Whether the layer with the ten probabilities is open."""
    return is_loaded() and LAYER.get() == recognizer_of(chosen_network()).layers[-1].name


def has_trained() -> bool:
    """Whether a run that the visitor started is finished."""
    state = _started()
    return state is not None and state.status == "finished"


def has_stopped() -> bool:
    """Whether a run that the visitor started was stopped."""
    state = _started()
    return state is not None and state.status == "stopped"


def has_used_a_high_rate() -> bool:
    """Whether a run with a high learning rate, started by the visitor, has ended."""
    state = _started()
    return (
        state is not None
        and not state.active
        and open_run(STARTED.get()).config.learning_rate >= HIGH_RATE
    )


def has_compared_poolings() -> bool:
    """Whether an experiment on pooling, started by the visitor, has a result for each value."""
    return any(
        all(len(each.accuracies) for each in outcomes(experiment))
        for experiment in list_experiments()
        if experiment.setting == "pooling" and experiment.id in EXPERIMENTS.get()
    )


def has_found_a_mistake() -> bool:
    """Whether the chosen picture is a test digit that the chosen network classifies wrongly."""
    picture = _picture()
    if picture.label is None or not PICTURE.get() or not is_loaded():
        return False
    probabilities = recognizer_of(chosen_network()).probabilities(picture.image[None])[0]
    return bool(probabilities.argmax() != picture.label)


def has_corrected() -> bool:
    """Whether the visitor has corrected a prediction."""
    return bool(list_corrections(corrections_folder()))


def _started() -> RunState | None:
    """Return the state of the last run that the visitor started, if any."""
    with suppress(RunError):
        return open_run(STARTED.get()).state() if STARTED.get() else None
    return None


def _picture() -> ChosenPicture:
    data = chosen_network().run.data
    for address in (PICTURE.get(), "test-0"):
        with suppress(AddressError):
            if address:
                return picture_at(address, data)
    return no_picture()
