"""A run's network for other programs than Keras: PyTorch, ONNX Runtime and LiteRT.

Each file is read again by such a program and compared with the run before it is handed out.
"""

import io
from zipfile import ZIP_DEFLATED, ZipFile

from cnn.export.checking import check
from cnn.export.keras_files import network_of_keras, saved
from cnn.export.onnx_code import as_onnx
from cnn.export.torch_code import torch_code, torch_weights
from cnn.runs.run import Run

TORCH_CHECK = """
import numpy as np
from network import predict
np.save("probabilities.npy", predict(np.load("images.npy")))
"""
ONNX_CHECK = """
import numpy as np
from onnxruntime import InferenceSession
session = InferenceSession("network.onnx", providers=["CPUExecutionProvider"])
images = np.load("images.npy")[..., None].astype(np.float32) / 255
np.save("probabilities.npy", session.run(["probabilities"], {"images": images})[0])
"""
TFLITE_CHECK = """
import numpy as np
from ai_edge_litert.interpreter import Interpreter
images = np.load("images.npy")[..., None].astype(np.float32) / 255
interpreter = Interpreter("network.tflite")
place = interpreter.get_input_details()[0]["index"]
interpreter.resize_tensor_input(place, images.shape)
interpreter.allocate_tensors()
interpreter.set_tensor(place, images)
interpreter.invoke()
result = interpreter.get_output_details()[0]["index"]
np.save("probabilities.npy", interpreter.get_tensor(result))
"""


def torch_file(run: Run, epoch: int) -> bytes:
    """A zip of network.py, the network for PyTorch, and network.safetensors, its weights.

    Raises RunError if the weights are missing or damaged, or the check fails; as those below.
    """
    from safetensors.numpy import save

    network, layers = network_of_keras(run, epoch), run.config.layers
    code = torch_code(layers, run.data.classes, run.id, epoch)
    weights = torch_weights(layers, network.get_weights())
    files = {"network.py": code.encode(), "network.safetensors": save(weights)}
    check(run, network, files, TORCH_CHECK)
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    return content.getvalue()


def onnx_file(run: Run, epoch: int) -> bytes:
    """An ONNX file: images (n, 28, 28, 1) float32, 0 to 1, to probabilities (n, classes)."""
    network = network_of_keras(run, epoch)
    content = as_onnx(run.config.layers, network.get_weights())
    check(run, network, {"network.onnx": content}, ONNX_CHECK)
    return content


def tflite_file(run: Run, epoch: int) -> bytes:
    """A LiteRT file with one signature, input and output as of `onnx_file`; n is 1 unless resized.

    It is converted from the network for Keras, in which sum pooling is average pooling, rescaled.
    """
    network = network_of_keras(run, epoch)

    def export(path) -> None:
        network.export(path, format="litert", verbose=False)

    content = saved(export, "network.tflite")
    check(run, network, {"network.tflite": content}, TFLITE_CHECK)
    return content
