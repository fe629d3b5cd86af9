# %% introduction [markdown]
# # A convolutional neural network for handwritten digits
# The app's training with the preset *notebook*, step by step. Run the cells from top to bottom.
# They need `pip install tensorflow keras pillow`.

# %% reproducibility [markdown]
# The same seed gives the same initial weights and the same order of the digits, and so, with the
# same versions of Keras and TensorFlow, the same network, up to rounding.

# %% imports
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

# %% about_settings [markdown]
# ## Settings
# `POOLING` is "max", "average" or "sum". `LIMIT` is the number of training digits, the first of
# MNIST's 60,000. `VALIDATION` is "test", as in the course's notebook, or "held_out", for the last
# 5,000 training digits: choose settings, such as the number of epochs, by these, so that the test
# accuracy remains an estimate for unseen digits. `PRECISION` is the dtype that the layers compute
# in, "float32" or "bfloat16", which is slow on processors without instructions for it. With
# `ONE_THREAD`, all sums are computed in the same order, so that results on the same machine are
# identical, bit for bit.

# %% settings
POOLING = "max"
EPOCHS = 5
BATCH_SIZE = 32
LEARNING_RATE = 0.001
SEED = 0
LIMIT = 60000
VALIDATION = "test"
ONE_THREAD = False
PRECISION = "float32"

# %% threads
if ONE_THREAD:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

# %% about_loading [markdown]
# ## Load MNIST
# 70,000 handwritten digits: 60,000 for training and 10,000 for testing. Keras downloads them once
# (11 MB) and caches them. Without a connection, set `MNIST_NPZ`, here or in the environment, to a
# copy of `mnist.npz`; the app has one in `cnn/assets/`.

# %% loading
MNIST_NPZ = os.environ.get("MNIST_NPZ", "")
if MNIST_NPZ:
    with np.load(MNIST_NPZ) as arrays:
        train_images, train_labels = arrays["x_train"], arrays["y_train"]
        test_images, test_labels = arrays["x_test"], arrays["y_test"]
else:
    (train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()

# %% selecting
if VALIDATION == "held_out":
    validation_images, validation_labels = train_images[-5000:], train_labels[-5000:]
    train_images, train_labels = train_images[:-5000], train_labels[:-5000]
else:
    validation_images, validation_labels = test_images, test_labels
train_images, train_labels = train_images[:LIMIT], train_labels[:LIMIT]
print(train_images.shape, validation_images.shape, test_images.shape)

# %% about_scaling [markdown]
# ## Prepare the images
# Pixels from 0 to 255 become numbers from 0 to 1, and each image gets a third axis: one channel,
# since it is grey.

# %% scaling
train_images = train_images[..., np.newaxis].astype("float32") / 255
validation_images = validation_images[..., np.newaxis].astype("float32") / 255
test_images = test_images[..., np.newaxis].astype("float32") / 255
print(train_images.shape, train_images.min(), train_images.max())

# %% about_building [markdown]
# ## Build the network
# Convolutions detect patterns, pooling layers summarise them in smaller feature maps, and the dense
# layers at the end classify. Keras has no sum pooling, but a sum is the average times the number of
# cells. The seed determines the initial weights.


# %% pooling
@keras.saving.register_keras_serializable(package="cnn")
class SumPooling2D(layers.AveragePooling2D):
    """Sums each window."""

    def call(self, inputs):
        return super().call(inputs) * (self.pool_size[0] * self.pool_size[1])


POOLING_LAYERS = {
    "max": layers.MaxPooling2D,
    "average": layers.AveragePooling2D,
    "sum": SumPooling2D,
}
pooling = POOLING_LAYERS[POOLING]

# %% building
keras.config.set_dtype_policy("mixed_bfloat16" if PRECISION == "bfloat16" else "float32")
keras.utils.set_random_seed(SEED)
network = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, (3, 3), activation="relu", name="conv_1"),
        pooling((2, 2), name="pool_1"),
        layers.Conv2D(64, (3, 3), activation="relu", name="conv_2"),
        pooling((2, 2), name="pool_2"),
        layers.Conv2D(64, (3, 3), activation="relu", name="conv_3"),
        layers.Flatten(name="flatten"),
        layers.Dense(64, activation="relu", name="dense_1"),
        # The softmax sums exponentials, for which bfloat16 has too few digits.
        layers.Dense(10, activation="softmax", name="dense_2", dtype="float32"),
    ]
)
network.summary()

# %% about_compiling [markdown]
# ## Compile
# The optimizer is Adam. The loss is the cross-entropy, -ln of the probability of the correct digit.

# %% optimizer
optimizer = keras.optimizers.Adam(learning_rate=LEARNING_RATE)

# %% compiling
network.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% about_fitting [markdown]
# ## Train
# `network.fit(train_images, train_labels, batch_size=BATCH_SIZE, epochs=EPOCHS)` would work as
# well. The input pipeline reproduces the order of the digits in the app: a new one each epoch,
# determined by the seed. After each epoch the network is evaluated on the validation
# digits; it is not trained on them.


# %% batches
def shuffled_batches(images, labels):
    images, labels = tf.constant(images), tf.constant(labels)
    indices = tf.data.Dataset.range(len(images)).shuffle(len(images), seed=SEED).batch(BATCH_SIZE)
    pairs = indices.map(lambda index: (tf.gather(images, index), tf.gather(labels, index)))
    return pairs.prefetch(tf.data.AUTOTUNE)


# %% fitting
history = network.fit(
    shuffled_batches(train_images, train_labels),
    epochs=EPOCHS,
    shuffle=False,  # the input pipeline does that
    validation_data=(validation_images, validation_labels),
    validation_batch_size=500,
    verbose=2,
)

# %% about_evaluating [markdown]
# ## Evaluate
# On the 10,000 test digits, which the network was not trained on.

# %% evaluating
test_loss, test_accuracy = network.evaluate(test_images, test_labels, batch_size=500, verbose=0)
print(f"test loss {test_loss:.4f}, test accuracy {100 * test_accuracy:.2f} %")

# %% about_predicting [markdown]
# ## Predictions for ten test digits

# %% predicting
probabilities = network.predict(test_images[:10], verbose=0)
for label, row in zip(test_labels[:10], probabilities, strict=True):
    print(f"label {label}, predicted as {row.argmax()} with probability {row.max():.4f}")

# %% pictures
keras.utils.array_to_img(np.hstack(test_images[:10]))
