"""A network as an ONNX file, for `live_libraries`; needs the package `onnx`."""

import numpy as np

from cnn.networks.layers import Conv2D, Dense, Flatten, Layers, MaxPooling2D


def as_onnx(layers: Layers, weights: list[np.ndarray]) -> bytes:
    """The network as an ONNX file. ONNX has channels before rows; Keras flattens them last."""
    from onnx import TensorProto, checker, helper, numpy_helper

    arrays = iter(weights)
    nodes, stored, last = [], [], "image"

    def add(operation: str, *inputs: np.ndarray, **attributes) -> None:
        nonlocal last
        names = [f"array_{len(stored) + i}" for i in range(len(inputs))]
        stored.extend(map(numpy_helper.from_array, inputs, names))
        output = f"output_{len(nodes)}"
        nodes.append(helper.make_node(operation, [last, *names], [output], **attributes))
        last = output

    for layer in layers:
        match layer:
            case Conv2D(padding="valid", activation="relu"):
                kernel = np.ascontiguousarray(next(arrays).transpose(3, 2, 0, 1))
                add("Conv", kernel, next(arrays), strides=[layer.strides] * 2)
                add("Relu")
            case MaxPooling2D(padding="valid"):
                sides = {"kernel_shape": [layer.pool_size] * 2, "strides": [layer.strides] * 2}
                add("MaxPool", **sides)
            case Flatten():
                add("Transpose", perm=[0, 2, 3, 1])
                add("Flatten")
            case Dense(activation="relu" | "softmax"):
                add("Gemm", next(arrays), next(arrays))
                add(layer.activation.capitalize())
            case _:
                raise NotImplementedError(layer)
    nodes[-1].output[0] = "probabilities"
    image, probabilities = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("image", [1, 1, 28, 28]), ("probabilities", [1, 10]))
    )
    graph = helper.make_graph(nodes, "network", [image], [probabilities], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()
