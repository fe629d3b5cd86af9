"""The steps of the lesson, in their order: where each is done, what to do and what to look for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cnn.arithmetic.convolution import EXAMPLE_KERNELS, format_kernel
from ui.lesson import checks
from ui.lesson.checks import Question, expects, shift_changes_most


@dataclass(frozen=True)
class Step:
    """A step. `name` is in the address, so that a teacher can link to it.

    text: what to do, and what to look for; is_done: whether the visitor has done it, asked again
    and again on its page; address: the choices in which `page` opens.
    """

    name: str
    title: str
    page: str
    text: str
    is_done: Callable[[], bool] = bool  # False: until its question is answered
    address: dict[str, str] = field(default_factory=dict)
    question: Question | None = None


# The kernel that the texts of two steps are about.
VERTICAL_EDGE = {
    "tab": "Custom kernel",
    "custom_kernel": format_kernel(EXAMPLE_KERNELS["vertical edge"]),
    "custom_stride": "1",
}
STEPS: Sequence[Step] = (
    Step(
        "draw",
        "Draw a digit",
        "draw",
        "**Draw a digit** on the black canvas. Look at how the prediction and the ten "
        "probabilities change after each stroke.",
        checks.has_drawn,
    ),
    Step(
        "pixels",
        "An image is 784 numbers",
        "learn",
        "Compare the digit in section 1 with the table beside it: **each pixel is a number**, 0 "
        "for black and 255 for white. These numbers are its only input.",
        question=Question(
            "How many numbers does the network get for one digit?",
            ("28", "56", "784"),
            expects("784", "28 rows of 28 pixels: 28 · 28 = 784."),
        ),
    ),
    Step(
        "kernel",
        "Slide a kernel by hand",
        "explore",
        "**Point at five cells of the output** (or use the arrow keys): each is the sum of nine "
        "products. Look for the positions with the largest values: the image resembles the kernel "
        "there.",
        checks.has_pointed_at_cells,
        address=VERTICAL_EDGE,
    ),
    Step(
        "relu",
        "Cut off the negative values",
        "explore",
        "**Switch ReLU on** and look at the output: negative values become 0, and only one side of "
        "each stroke is left.",
        checks.has_relu,
        address=VERTICAL_EDGE,
    ),
    Step(
        "pool",
        "Pool it three ways",
        "explore",
        "Max, average and sum make the same map smaller. **Answer first**, then compare with "
        "*Robustness*, which shows it for one map.",
        address={"tab": "Pooling"},
        question=Question(
            "Which changes most if the image is shifted by one pixel?",
            ("no pooling", "max", "average", "sum"),
            shift_changes_most,
            prediction=True,
        ),
    ),
    Step(
        "probabilities",
        "Follow it to the ten probabilities",
        "explore",
        "**Click each layer** of the diagram, up to the last one. Look at how the maps become "
        "smaller and more numerous, until ten probabilities are left.",
        checks.has_opened_the_last_layer,
        address={"tab": "Layers"},
    ),
    Step(
        "train",
        "Train a network",
        "train",
        "**Start training** with the preset *Fast*. Look at how the loss falls and the accuracy "
        "rises, most of it in the first epoch.",
        checks.has_trained,
        address={"preset": "fast"},
    ),
    Step(
        "stop",
        "Stop too early",
        "train",
        "**Start training, and stop it** before the second epoch ends. Look at the accuracy: a few "
        "hundred batches are enough for most digits, but not for those written in rare ways.",
        checks.has_stopped,
        address={"preset": "notebook"},
    ),
    Step(
        "learning_rate",
        "A learning rate that is too high",
        "train",
        "**Start training** with this learning rate, a hundred times the usual one. Look at the "
        "loss: it jumps, and stays near ln 10 = 2.3, the loss of "
        "giving each of the ten digits a probability of 10 %.",
        checks.has_used_a_high_rate,
        address={"preset": "notebook", "learning_rate": "0.1", "epochs": "1", "limit": "20000"},
    ),
    Step(
        "compare",
        "Compare the poolings",
        "compare",
        "**Start an experiment** on pooling with three seeds. Look at whether the poolings differ "
        "more than the seeds do.",
        checks.has_compared_poolings,
        address={
            "show": "experiments",
            "vary": "pooling",
            "vary_epochs": "1",
            "vary_limit": "5000",
        },
    ),
    Step(
        "mistake",
        "Find a mistake and its reason",
        "train",
        "Open *Evaluation*, **click a cell off the diagonal** of the confusion matrix that is not "
        "0, and open one of its digits in Explore. Look at what it has in common with the "
        "predicted class.",
        checks.has_found_a_mistake,
        address={"run": "pretrained"},
    ),
    Step(
        "correct",
        "Correct the network",
        "draw",
        "Draw a digit that is classified wrongly or not at all, and **choose the correct "
        "digit**. *Your corrections* can then fine-tune the network: look at the test accuracy "
        "before and after.",
        checks.has_corrected,
    ),
)
BY_NAME = {step.name: step for step in STEPS}
