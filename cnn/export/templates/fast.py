# %% introduction [markdown]
# # A convolutional neural network for handwritten digits
# The app's training with the preset *fast*, step by step. Run the cells from top to bottom. They
# need `pip install tensorflow keras pillow`.

# %% about_compiling [markdown]
# ## Compile
# The optimizer is Muon, which leaves the biases and the last layer to Adam. The learning rate rises
# over the first tenth of the steps (warmup) and then falls to 0 (cosine decay). The loss is the
# cross-entropy, -ln of the probability of the correct digit.

# %% optimizer
from cnn.models.optimizers import Muon

# %% compiling
steps = EPOCHS * int(np.ceil(len(train_images) / BATCH_SIZE))
warmup_steps = max(1, steps // 10)
learning_rate = keras.optimizers.schedules.CosineDecay(
    LEARNING_RATE / 10,
    decay_steps=max(1, steps - warmup_steps),
    warmup_target=LEARNING_RATE,
    warmup_steps=warmup_steps,
)
network.compile(
    optimizer=Muon(learning_rate),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
    steps_per_execution=max(1, min(16, 4096 // BATCH_SIZE)),  # fewer returns to Python
)

# %% about_fitting [markdown]
# ## Train
# Each epoch has the digits in a new order, and each batch a random shift by up to one pixel, both
# determined by the seed. After each epoch the network is evaluated on the validation digits; it is
# not trained on them.


# %% batches
def shuffled_batches(images, labels):
    images, labels = tf.constant(images), tf.constant(labels)
    indices = tf.data.Dataset.range(len(images)).shuffle(len(images), seed=SEED).batch(BATCH_SIZE)
    seeds = tf.data.Dataset.random(seed=SEED, rerandomize_each_iteration=True)

    def shift(index, seed):
        pixels = tf.random.stateless_uniform((2,), (seed, 0), -1, 2, tf.int32)
        return tf.roll(tf.gather(images, index), pixels, axis=(1, 2)), tf.gather(labels, index)

    return tf.data.Dataset.zip(indices, seeds).map(shift).prefetch(tf.data.AUTOTUNE)
