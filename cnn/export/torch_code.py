"""A network as code of PyTorch that a person can read, and its weights in PyTorch's order."""

from collections.abc import Iterable, Sequence

import numpy as np

from cnn.networks.arrays import array_names
from cnn.networks.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Layers,
    MaxPooling2D,
    Pooling,
    SumPooling2D,
)
from cnn.networks.shapes import LayerRow, describe

CODE = '''"""A network of the CNN laboratory, for PyTorch: `predict(images)`, or `load()` it.

It needs the packages torch and safetensors, and network.safetensors beside this file. It was
trained with Keras, from which PyTorch differs in this:

- Images and feature maps are (n, channels, height, width), NCHW; Keras's are
  (n, height, width, channels), NHWC.
- The kernel of a convolution is (out, in, height, width), OIHW, in Keras (height, width, in, out),
  HWIO; that of a dense layer is (out, in), in Keras (in, out). network.safetensors has them in
  PyTorch's order.
- Flatten takes the values in the order in which they are stored: Keras's has the channels of a
  cell side by side. So the channels are moved last before it.
- Softmax is not a layer of the network: PyTorch's CrossEntropyLoss takes the logits, which
  `forward` returns. `predict` applies it.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

RUN, EPOCH = {run}, {epoch}
CLASSES = {classes}
WEIGHTS = Path(__file__).with_name("network.safetensors")


class Network(nn.Module):
    """Images (n, 1, 28, 28), 0 to 1 -> logits (n, {units}). {parameters:,} parameters."""

    def __init__(self):
        super().__init__()
{modules}

    def forward(self, x):
{steps}
        return x


def load(path=WEIGHTS):
    """The network with the weights of the file `path`, for predictions."""
    network = Network()
    network.load_state_dict(load_file(path))
    return network.eval()  # dropout is off, batch normalization uses the stored mean and variance


@torch.inference_mode()
def predict(images, network=None):
    """Images (n, 28, 28), 0 (background) to 255 (ink) -> probabilities (n, {units})."""
    x = torch.as_tensor(np.asarray(images), dtype=torch.float32)
    logits = (network or load())(x[:, None] / 255)  # a channel axis, as images are grey
    return logits.softmax(dim=1).numpy()
'''
ACTIVATIONS = {  # Keras's defaults; PyTorch's leaky_relu would have a slope of 0.01
    "relu": "F.relu({})",
    "leaky_relu": "F.leaky_relu({}, negative_slope=0.2)",
    "elu": "F.elu({})",
    "gelu": "F.gelu({})",
    "silu": "F.silu({})",
    "tanh": "torch.tanh({})",
    "sigmoid": "torch.sigmoid({})",
    "softmax": "{}",  # of the last layer: left to `predict`
    "linear": "{}",
}
NAMES = {  # PyTorch's, of the arrays of `arrays_of`
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving mean": "running_mean",
    "moving variance": "running_var",
}
INPUT_SHAPE = (28, 28, 1)


def torch_code(layers: Layers, classes: Sequence[str], run: str, epoch: int) -> str:
    """The content of network.py: the layers one by one, `load` and `predict`.

    `run` is the run's id, any text.
    """
    network = describe(layers, classes=len(classes))
    modules, steps, shape = [], [], INPUT_SHAPE
    for row in network.rows:
        modules += [f"self.{row.name} = {each}" for each in _module(row, shape)]
        *before, last = _steps(row, shape)
        steps += [*before, f"{last}  # {_channels_first(row.shape)}"]
        shape = row.shape
    steps[-1] += ", the logits: no softmax here"
    indent = " " * 8
    return CODE.format(
        run=ascii(run),
        epoch=epoch,
        classes=ascii(list(classes)),
        units=len(classes),
        parameters=network.parameters,
        modules="\n".join(indent + line for line in modules),
        steps="\n".join(indent + line for line in steps),
    )


def torch_weights(layers: Layers, weights: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays `weights`, in Keras's order, by PyTorch's names, as "conv_1.weight".

    Kernels are transposed: of a convolution HWIO -> OIHW, of a dense layer (in, out) -> (out, in).
    """
    arrays = {}
    for name, array in zip(array_names(layers), weights, strict=True):
        layer, _, kind = name.partition(" ")
        if kind == "kernel":
            array = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
        # Safetensors stores the memory of an array as it lies there.
        arrays[f"{layer}.{NAMES[kind]}"] = np.ascontiguousarray(array, np.float32)
    return arrays


def _channels_first(shape: tuple) -> str:
    """The shape of an output, of images (h, w, channels), as PyTorch has it."""
    sides = shape if len(shape) == 1 else (shape[2], *shape[:2])
    return f"(n, {', '.join(map(str, sides))})"


def _module(row: LayerRow, shape: tuple) -> list[str]:
    """The module of a layer, an expression; none if it has neither weights nor a state."""
    inputs, bias = shape[-1], "" if getattr(row.layer, "use_bias", True) else ", bias=False"
    match row.layer:
        case Conv2D(filters=filters, kernel_size=size, strides=strides):
            stride = f", stride={strides}" if strides > 1 else ""
            return [f"nn.Conv2d({inputs}, {filters}, kernel_size={size}{stride}{bias})"]
        case Dense(units=units):
            return [f"nn.Linear({inputs}, {units}{bias})"]
        case BatchNormalization():  # Keras's momentum 0.99 is the share of the old mean
            kind = "BatchNorm2d" if len(shape) == 3 else "BatchNorm1d"
            return [f"nn.{kind}({inputs}, eps=1e-3, momentum=0.01)  # 0.99 in Keras"]
        case Dropout(rate=rate):
            return [f"nn.Dropout({rate})"]
    return []


def _steps(row: LayerRow, shape: tuple) -> list[str]:
    """The lines of `forward` of a layer, at least one."""
    layer, called = row.layer, f"self.{row.name}(x)"
    match layer:
        case Conv2D() | Dense():
            padding = _padding(layer, layer.kernel_size, shape) if isinstance(layer, Conv2D) else ""
            before = [f'x = F.pad(x, {padding})  # padding="same"'] if padding else []
            return [*before, f"x = {ACTIVATIONS[layer.activation].format(called)}"]
        case Activation():
            return [f"x = {ACTIVATIONS[layer.activation].format('x')}"]
        case Pooling():
            return _pooling_steps(layer, _padding(layer, layer.pool_size, shape))
        case Flatten() if len(shape) == 3:
            return ["x = x.permute(0, 2, 3, 1)  # channels last, as in Keras", "x = x.flatten(1)"]
        case Flatten():
            return ["x = x.flatten(1)"]
        case GlobalAveragePooling2D():
            return ["x = x.mean(dim=(2, 3))"]
        case Dropout() | BatchNormalization():
            return [f"x = {called}"]
    raise NotImplementedError(layer)


def _pooling_steps(layer: Pooling, padding: str) -> list[str]:
    windows = f"{layer.pool_size}, {layer.strides}"
    same = '  # padding="same"'
    match layer:
        case MaxPooling2D():
            before = [f'x = F.pad(x, {padding}, value=float("-inf")){same}'] if padding else []
            return [*before, f"x = F.max_pool2d(x, {windows})"]
        case SumPooling2D():
            before = [f"x = F.pad(x, {padding}){same}"] if padding else []
            return [*before, f"x = F.avg_pool2d(x, {windows}, divisor_override=1)"]
        case AveragePooling2D() if padding:  # Keras's average leaves the padding out
            inside = f"F.pad(torch.ones_like(x[:1, :1]), {padding})"
            return [
                f"inside = F.avg_pool2d({inside}, {windows})  # share of cells that are no padding",
                f"x = F.avg_pool2d(F.pad(x, {padding}), {windows}) / inside",
            ]
    return [f"x = F.avg_pool2d(x, {windows})"]


def _padding(layer: Conv2D | Pooling, size: int, shape: tuple) -> str:
    """The padding of `layer` for F.pad, "(left, right, top, bottom)"; empty if there is none."""
    from cnn.models.layers import same_padding

    if layer.padding == "valid":
        return ""
    height, width = (same_padding(side, size, layer.strides) for side in shape[:2])
    return str((*width, *height)) if any((*width, *height)) else ""
