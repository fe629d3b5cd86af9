# %% introduction [markdown]
# # A convolutional neural network for handwritten digits
# The app's training with the preset *drawing*, step by step. Run the cells from top to bottom.
#
# The training set consists of MNIST's digits with random distortions, synthetic digits, and
# non-digits. The app's package `cnn` generates them, so **start Jupyter in the app's folder**,
# where `app.py` is, with the packages of its `requirements.txt`.

# %% reproducibility [markdown]
# The same seed gives the same initial weights and the same order of the images, and so, with the
# same versions of Keras and TensorFlow, the same network, up to rounding.

# %% imports
from dataclasses import replace

import keras
import numpy as np

from cnn.config import TrainingConfig
from cnn.data.mnist import load_digits, scaled
from cnn.data.training_set import build_training_set, validation_digits
from cnn.models.network import build_network
from cnn.runs.machine import use_one_thread
from cnn.training.fit import calibrate, evaluate, train

# %% about_settings [markdown]
# ## Settings
# `POOLING` is "max", "average" or "sum". `LIMIT` is the number of training digits, the first of
# MNIST's 60,000. `VALIDATION` is "held_out", for the last 5,000 of them, or "test". With
# `ONE_THREAD`, all sums are computed in the same order, so that results on the same machine are
# identical, bit for bit.

# %% settings
POOLING = "max"
EPOCHS = 50
BATCH_SIZE = 256
LEARNING_RATE = 0.006
SEED = 0
LIMIT = 55000
VALIDATION = "held_out"
ONE_THREAD = False
PRECISION = "float32"

# %% configuration
CONFIG = TrainingConfig(
    preset="drawing",
    pooling=POOLING,
    epochs=EPOCHS,
    batch_size=BATCH_SIZE,
    learning_rate=LEARNING_RATE,
    seed=SEED,
    limit=LIMIT,
    validation=VALIDATION,
    one_thread=ONE_THREAD,
)
if ONE_THREAD:
    use_one_thread()

# %% about_loading [markdown]
# ## Load MNIST
# The app includes a copy: nothing is downloaded.

# %% loading
training, test = load_digits("train"), load_digits("test")
print(training.images.shape, test.images.shape)

# %% about_training_set [markdown]
# ## Training set
# Five digits from MNIST, five synthetic digits and five non-digits, as they are in a batch: with
# random distortions, different ones each time.

# %% training_set
sample = build_training_set(replace(CONFIG, limit=100, batch_size=1), training)
numbers = np.concatenate([np.arange(5), 100 + np.arange(5), 160 + np.arange(5)])
images, labels = sample.batch(numbers, SEED)
keras.utils.array_to_img(np.hstack(images)[..., np.newaxis])

# %% about_building [markdown]
# ## Build the network
# For a digit, the loss is the cross-entropy, -ln of the probability of the correct digit; for a
# non-digit, it is the mean of -ln over the ten probabilities, which is smallest if they are equal.

# %% building
build_network(CONFIG).summary()

# %% about_fitting [markdown]
# ## Train
# `train` is the function that the app calls: it sets the seed, builds the network and fits it.
# After each epoch the network is evaluated on the validation digits; it is not trained on them.


# %% fitting
class Progress(keras.callbacks.Callback):
    """Prints a line after each epoch."""

    def on_epoch_end(self, epoch, logs=None):
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        print(f"epoch {epoch + 1}:", *(f"{name} {logs[name]:.4f}" for name in names), flush=True)


validation = validation_digits(CONFIG, training, test)
network = train(CONFIG, training, validation, [Progress()], precision=PRECISION)

# %% about_calibrating [markdown]
# ## Calibrate
# The weights of the last layer are divided by a temperature, chosen on training digits held out, so
# that of all predictions with a confidence of 90 %, about 90 % are correct.

# %% calibrating
calibrate(network, CONFIG, training)

# %% about_evaluating [markdown]
# ## Evaluate
# On the 10,000 test digits, which the network was not trained on.

# %% evaluating
evaluate(network, test)

# %% about_predicting [markdown]
# ## Predictions for ten test digits

# %% predicting
probabilities = network.predict(scaled(test.images[:10]), verbose=0)
for label, row in zip(test.labels[:10], probabilities, strict=True):
    print(f"label {label}, predicted as {row.argmax()} with probability {row.max():.4f}")

# %% pictures
keras.utils.array_to_img(np.hstack(scaled(test.images[:10])))
