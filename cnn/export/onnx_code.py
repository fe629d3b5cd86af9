"""A network as an ONNX file, written node by node with the package `onnx`."""

import math
from collections.abc import Iterable

import numpy as np

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
    SumPooling2D,
)
from cnn.networks.shapes import describe

OPSET, IR_VERSION = 17, 8  # of 2022, which every runtime of today reads
EPSILON = 1e-3  # of Keras's BatchNormalization
NEGATIVE_SLOPE = 0.2  # of Keras's leaky_relu
OPERATORS = {  # of the activations that are one node
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": NEGATIVE_SLOPE}),
    "elu": ("Elu", {}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "softmax": ("Softmax", {"axis": -1}),
}


class _Graph:
    """The nodes and stored arrays of a network that is a chain; `last` is its output so far."""

    def __init__(self) -> None:
        self.nodes, self.stored, self.last = [], [], "images"

    def add(self, operator: str, *inputs: str | np.ndarray, **attributes) -> None:
        """Add a node of the last output and of `inputs`, names of outputs or arrays."""
        from onnx import helper, numpy_helper

        names = [self.last]
        for each in inputs:
            if isinstance(each, np.ndarray):
                names.append(f"array_{len(self.stored)}")
                self.stored.append(numpy_helper.from_array(np.ascontiguousarray(each), names[-1]))
            else:
                names.append(each)
        self.last = f"output_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, names, [self.last], **attributes))


def as_onnx(layers: Layers, weights: Iterable[np.ndarray]) -> bytes:
    """The network of `layers` and its `weights`, in Keras's order, as the content of a file.

    It maps `images`, (n, 28, 28, 1) float32 from 0 to 1, to `probabilities`, (n, classes). Within,
    ONNX has channels before rows, and kernels (out, in, height, width).
    """
    from onnx import TensorProto, checker, helper

    graph, arrays = _Graph(), iter(weights)
    graph.add("Transpose", perm=[0, 3, 1, 2])
    shape = (28, 28, 1)
    for row in describe(layers, classes=layers[-1].units).rows:
        _add_layer(graph, row.layer, shape, arrays)
        shape = row.shape
    graph.nodes[-1].output[0] = "probabilities"
    images, probabilities = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *sides])
        for name, sides in (("images", (28, 28, 1)), ("probabilities", shape))
    )
    content = helper.make_graph(graph.nodes, "network", [images], [probabilities], graph.stored)
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(content, opset_imports=opset, ir_version=IR_VERSION)
    checker.check_model(model)
    return model.SerializeToString()


def _add_layer(graph: _Graph, layer, shape: tuple, arrays) -> None:
    """Add the nodes of `layer`, of an input of `shape`, (h, w, channels) or (units,)."""
    match layer:
        case Conv2D():
            kernel = next(arrays).transpose(3, 2, 0, 1)
            bias = [next(arrays)] if layer.use_bias else []
            graph.add("Conv", kernel, *bias, **_windows(layer, layer.kernel_size, shape))
        case MaxPooling2D():
            graph.add("MaxPool", **_windows(layer, layer.pool_size, shape))
        case AveragePooling2D():  # as Keras's, it leaves the padding out
            graph.add("AveragePool", **_windows(layer, layer.pool_size, shape))
        case SumPooling2D():
            sides = _windows(layer, layer.pool_size, shape)
            graph.add("AveragePool", count_include_pad=1, **sides)
            graph.add("Mul", np.float32(layer.pool_size**2).reshape(1))
        case BatchNormalization():
            graph.add("BatchNormalization", *(next(arrays) for _ in range(4)), epsilon=EPSILON)
        case GlobalAveragePooling2D():
            graph.add("ReduceMean", axes=[2, 3], keepdims=0)
        case Flatten():
            if len(shape) == 3:  # Keras flattens row by row, the channels of a cell side by side
                graph.add("Transpose", perm=[0, 2, 3, 1])
            graph.add("Flatten")
        case Dense():
            graph.add("MatMul", next(arrays))
            if layer.use_bias:
                graph.add("Add", next(arrays))
        case Dropout():  # only trains; a node, so that each layer is there
            graph.add("Identity")
        case Activation():
            pass
        case _:
            raise NotImplementedError(layer)
    _add_activation(graph, getattr(layer, "activation", "linear"))


def _add_activation(graph: _Graph, name: str) -> None:
    value = graph.last
    if name in OPERATORS:
        operator, attributes = OPERATORS[name]
        graph.add(operator, **attributes)
    elif name == "silu":  # x · sigmoid(x)
        graph.add("Sigmoid")
        graph.add("Mul", value)
    elif name == "gelu":  # x / 2 · (1 + erf(x / √2)); ONNX's own node is of a later opset
        graph.add("Mul", np.float32(1 / math.sqrt(2)).reshape(1))
        graph.add("Erf")
        graph.add("Add", np.float32(1).reshape(1))
        graph.add("Mul", value)
        graph.add("Mul", np.float32(0.5).reshape(1))
    elif name != "linear":
        raise NotImplementedError(name)


def _windows(layer, size: int, shape: tuple) -> dict[str, list[int]]:
    """Window, strides and padding of `layer`, as attributes of a node."""
    from cnn.models.layers import same_padding

    pads = [0, 0, 0, 0]  # top, left, bottom, right
    if layer.padding == "same":
        (top, bottom), (left, right) = (
            same_padding(side, size, layer.strides) for side in shape[:2]
        )
        pads = [top, left, bottom, right]
    return {"kernel_shape": [size] * 2, "strides": [layer.strides] * 2, "pads": pads}
