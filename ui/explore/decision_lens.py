"""The contributions to a dense unit's sum, and softmax with a temperature, in the browser."""

import numpy as np

from ui.widgets.lens import lens_component, packed

_LENS = lens_component("decision")


def show_decision_lens(
    inputs: np.ndarray,
    weights: np.ndarray,
    biases: np.ndarray | None,
    names: list[str],
    picture: str,
    activation: str = "",
    outputs: np.ndarray | None = None,
    input_shape: tuple[int, ...] | None = None,
) -> None:
    """Show how the outputs of a dense layer's units are computed.

    inputs: (n,); weights: (n, units); biases: (units,), or None if the layer has none; names: of
    the units. `outputs`, (units,),
    are needed if `activation` is another than "", "relu" and "softmax". `picture` identifies the
    image and the network: if it changes, the predicted class is selected again. `input_shape`,
    (h, w, maps), is the shape before `inputs` were flattened.
    """
    sums = inputs @ weights + (0 if biases is None else biases)
    _LENS(
        key="decision_lens",
        data={
            "inputs": packed(inputs),
            "weights": packed(weights),
            "biases": None if biases is None else packed(biases),
            "names": names,
            "inputShape": input_shape,
            "best": int(sums.argmax()),
            "softmax": activation == "softmax",
            "activation": activation,
            "outputs": [] if outputs is None else outputs.tolist(),
            "picture": picture,
        },
    )
