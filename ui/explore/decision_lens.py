"""A dense unit's sum as contributions, and softmax with its temperature: in the browser."""

import numpy as np

from ui.widgets.lens import lens_component, packed

_LENS = lens_component("decision")


def show_decision_lens(
    inputs: np.ndarray,
    weights: np.ndarray,
    biases: np.ndarray,
    names: list[str],
    picture: str,
    softmax: bool = False,
    input_shape: tuple[int, ...] | None = None,
    activation: str = "",
) -> None:
    """Show what makes the sums of a dense layer's units.

    inputs: (n,); weights: (n, units); biases: (units,); names: of the units. `picture` names what
    is looked at, and by which network: for another one, the likeliest class is chosen anew.
    `input_shape` (h, w, maps) is that of the maps that were flattened into `inputs`.
    """
    sums = inputs @ weights + biases
    _LENS(
        key="decision_lens",
        data={
            "inputs": packed(inputs),
            "weights": packed(weights),
            "biases": packed(biases),
            "names": names,
            "inputShape": input_shape,
            "best": int(sums.argmax()),
            "softmax": softmax,
            "activation": activation,
            "picture": picture,
        },
    )
