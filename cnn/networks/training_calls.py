"""`compile` and `fit` of pasted code, as settings of a training."""

import ast
from typing import Any

from cnn.networks.layers import shown
from cnn.networks.literals import Constants, NotLiteral, dotted

# By Keras's name in lower case: the setting, and the learning rate if none is given.
OPTIMIZERS = {
    "adam": ("adam", 1e-3),
    "adamw": ("adamw", 1e-3),
    "sgd": ("sgd", 1e-2),
    "rmsprop": ("rmsprop", 1e-3),
    "muon": ("muon", 1e-3),
}
ADAMW_DECAY = 4e-3  # Keras's default; without weight decay, AdamW is Adam
MOMENTUM = 0.9
SAME_LOSSES = ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy")
ONE_HOT_LOSSES = ("categorical_crossentropy", "CategoricalCrossentropy")
HELD_OUT = {"validation": "held_out", "limit": 55_000}


class TrainingCalls:
    """What `compile` and `fit` say: `settings` by their names here, and `notes`, sentences."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.settings: dict[str, Any] = {}
        self.notes: list[str] = []
        self.from_logits = False  # whether the loss applies the softmax

    def read(self, method: str, call: ast.Call) -> None:
        """Read a call of `compile` or `fit`."""
        keywords = {each.arg: each.value for each in call.keywords if each.arg}
        if method == "compile":
            given = dict(zip(("optimizer", "loss"), call.args, strict=False)) | keywords
            if "optimizer" in given:
                self._optimizer(self.constants.resolved(given["optimizer"]))
            if "loss" in given:
                self._loss(self.constants.resolved(given["loss"]))
        else:
            order = ("x", "y", "batch_size", "epochs")
            self._fit(call, dict(zip(order, call.args, strict=False)) | keywords)

    def _note(self, node: ast.AST, sentence: str) -> None:
        self.notes.append(f"Line {node.lineno}: {sentence}")

    def _number(self, node: ast.expr, name: str) -> int | float | None:
        """Return the number that `node` is; None, with a note, if it is none."""
        try:
            value = self.constants.value(node)
        except NotLiteral as reason:
            self._note(node, f"{name} is ignored: {reason}.")
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        self._note(node, f"{name} is ignored: {shown(value)} is not a number.")
        return None

    def _optimizer(self, node: ast.expr) -> None:
        call = node if isinstance(node, ast.Call) else None
        if call or isinstance(node, ast.Attribute):
            name = (dotted(call.func if call else node) or [""])[-1]
        else:
            name = getattr(node, "value", "")
        known = OPTIMIZERS.get(name.lower() if isinstance(name, str) else "")
        if known is None:
            text = (
                f"the optimizer {name[:30]}" if isinstance(name, str) and name else "its optimizer"
            )
            self._note(node, f"{text} is not offered here and is ignored.")
            return
        optimizer, learning_rate = known
        arguments = {each.arg: each.value for each in call.keywords} if call else {}
        if call and call.args:
            arguments["learning_rate"] = call.args[0]
        rate = arguments.pop("learning_rate", arguments.pop("lr", None))
        if rate is not None:
            rate = self._number(self.constants.resolved(rate), "learning_rate")
        self.settings |= {"optimizer": optimizer, "learning_rate": float(rate or learning_rate)}
        decay = arguments.pop("weight_decay", None)
        if decay is not None:
            decay = self._number(decay, "weight_decay")
        elif optimizer == "adamw":
            decay = ADAMW_DECAY
        if decay is not None:
            self.settings["weight_decay"] = float(decay)
        if optimizer == "sgd":
            momentum = arguments.pop("momentum", None)
            if momentum is None or self._number(momentum, "momentum") != MOMENTUM:
                self._note(node, f"SGD has a momentum of {MOMENTUM} here.")
        arguments.pop("name", None)
        if arguments:
            names = ", ".join(str(each)[:30] for each in list(arguments)[:5])
            self._note(node, f"{names} of the optimizer: ignored, Keras's defaults are used.")

    def _loss(self, node: ast.expr) -> None:
        call = node if isinstance(node, ast.Call) else None
        name = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
        name = name or (dotted(call.func if call else node) or [""])[-1]
        logits = [each.value for each in call.keywords if each.arg == "from_logits"] if call else []
        self.from_logits = any(getattr(each, "value", None) is True for each in logits)
        if name in ONE_HOT_LOSSES:
            self._note(
                node,
                f"{name} is for one-hot labels; sparse_categorical_crossentropy, used here, is the "
                "same loss for labels that are numbers.",
            )
        elif name not in SAME_LOSSES:
            self._note(node, "this loss is ignored: sparse_categorical_crossentropy is used.")

    def _fit(self, call: ast.Call, given: dict[str, ast.expr]) -> None:
        # Keras's defaults; a data set given as the only argument has its own batches.
        defaults = {"epochs": 1} | ({"batch_size": 32} if "y" in given else {})
        for name in ("epochs", "batch_size"):
            value = self._number(given[name], name) if name in given else defaults.get(name)
            if value is not None:
                self.settings[name] = value
        if "validation_split" in given:
            self.settings |= HELD_OUT
            self._note(
                given["validation_split"],
                "validation_split: the last 5,000 of the 60,000 training digits are held out here.",
            )
        elif "validation_data" in given:
            self.settings["validation"] = "test"
        for name in ("callbacks", "class_weight", "sample_weight", "initial_epoch"):
            if name in given:
                self._note(given[name], f"{name} is ignored.")
