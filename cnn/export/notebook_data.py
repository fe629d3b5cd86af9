"""The cells of a notebook that depend on the data set, for another one than MNIST."""

import re

from cnn.config import TrainingConfig
from cnn.dataset_facts import DatasetFacts

Cell = tuple[str, str]  # as in cnn.export.notebook
ABOUT_LOADING = """\
## Load the pictures
They are in the app's folder of data sets, `datasets/{id}/`, or in that which `CNN_DATASETS` names:
{training:,} for training and {test:,} for testing, of {classes} classes. Copy the file beside this
notebook, or set `DATA_NPZ`, here or in the environment, to its path. The training checks that they
are the pictures that the app has trained on.
"""
LOADING = """\
DATA_NPZ = os.environ.get("DATA_NPZ", {file!r})
CHECKSUM = {checksum!r}
CLASSES = {classes!r}
with np.load(DATA_NPZ) as arrays:
    digest = hashlib.sha256()
    for key in arrays.files:
        array = arrays[key]
        digest.update(f"{{key}} {{array.dtype}} {{array.shape}}\\n".encode() + array.tobytes())
    if digest.hexdigest() != CHECKSUM:
        raise SystemExit(f"{{DATA_NPZ}} has other pictures than the app has trained on.")
    train_images, train_labels = arrays["x_train"], arrays["y_train"]
    test_images, test_labels = arrays["x_test"], arrays["y_test"]
"""
ABOUT_SETTINGS = (
    "`LIMIT` is the number of training pictures, the first of {training:,}. `VALIDATION` is "
    '"test", or "held_out", for the last {held_out:,} training pictures'
)
PREDICTING = """\
probabilities = network.predict(test_images[:10], verbose=0)
for label, row in zip(test_labels[:10], probabilities, strict=True):
    predicted = CLASSES[row.argmax()]
    print(f"label {CLASSES[label]}, predicted as {predicted} with probability {row.max():.4f}")
"""
NOT_DISTORTED = """
**Not reproduced:** the app distorts each picture differently in each epoch. Here the pictures stay
as they are, so the result is a different network.
"""
ROLL = "tf.roll(tf.gather(images, index), pixels, axis=(1, 2))"
PADDED_ROLL = "tf.roll(padded, pixels, axis=(1, 2))[:, 1:-1, 1:-1]"
PADDING = "        padded = tf.pad(tf.gather(images, index), [[0, 0], [1, 1], [1, 1], [0, 0]])\n"


def own_data_cells(cells: dict[str, Cell], config: TrainingConfig, file: str) -> dict[str, Cell]:
    """Return `cells` for the data set of `config`, whose arrays are in a file called `file`."""
    data = config.dataset
    cells = {name: (kind, _text(kind, text, data)) for name, (kind, text) in cells.items()}
    values = {
        "id": data.id,
        "training": data.training_count,
        "held_out": data.held_out,
        "test": data.test_count,
    }
    cells["about_loading"] = (
        "markdown",
        ABOUT_LOADING.format(**values, classes=len(data.classes)),
    )
    cells["loading"] = (
        "code",
        LOADING.format(file=file, checksum=data.checksum, classes=list(data.classes)),
    )
    cells["imports"] = ("code", f"import hashlib\n{cells['imports'][1].lstrip()}")
    kind, text = cells["about_settings"]
    settings = ABOUT_SETTINGS.format(**values)
    cells["about_settings"] = (kind, re.sub(r"`LIMIT` is.*?(?=:)", settings, text, flags=re.DOTALL))
    kind, text = cells["selecting"]
    cells["selecting"] = (kind, text.replace("5000", str(data.held_out)))
    cells["predicting"] = ("code", PREDICTING)
    if ROLL in cells["batches"][1]:
        kind, text = cells["batches"]
        line = f"        return {ROLL}"
        text = text.replace(line, f"{PADDING}        return {PADDED_ROLL}")
        cells["batches"] = (kind, text)
    if config.distorts:
        kind, text = cells["reproducibility"]
        cells["reproducibility"] = (kind, text + NOT_DISTORTED)
    return cells


def _text(kind: str, text: str, data: DatasetFacts) -> str:
    """Return `text` without MNIST's words, if it is not code."""
    if kind == "code":
        return text
    text = text.replace("handwritten digits", "pictures").replace("correct digit", "correct class")
    text = text.replace("10,000 test digits", f"{data.test_count:,} test digits")
    return re.sub(r"\bdigit(s?)\b", r"picture\1", text)
