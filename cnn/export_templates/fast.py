# %% introduction [markdown]
# # A convolutional neural network for handwritten digits
# The app's training with the preset *fast*, step by step. Run the cells from top to bottom. They
# need `pip install tensorflow keras pillow`.

# %% about_compiling [markdown]
# ## Compile
# The optimizer is Muon, which leaves the biases and the last layer to Adam. The learning rate rises
# over the first tenth of the steps and then falls to 0 along a cosine. The loss is the
# cross-entropy, -ln of the probability of the correct digit.

# %% optimizer
from cnn.optimizers import Muon

# %% compiling
STEPS_PER_EPOCH = int(np.ceil(len(train_images) / BATCH_SIZE))
steps = EPOCHS * STEPS_PER_EPOCH
warmup_steps = max(1, steps // 10)
learning_rate = keras.optimizers.schedules.CosineDecay(
    LEARNING_RATE / 10,
    decay_steps=max(1, steps - warmup_steps),
    warmup_target=LEARNING_RATE,
    warmup_steps=warmup_steps,
)
network.compile(
    optimizer=Muon(learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
)

# %% about_fitting [markdown]
# ## Train
# Each epoch has the digits in a new order, and each batch gets a random shift by up to a pixel, as
# the seed determines. The test digits are the validation data after each epoch; the network is not
# trained on them.


# %% fitting
def shifted_batches():
    for epoch in range(EPOCHS):
        rng = np.random.default_rng((SEED, epoch))
        order = rng.permutation(len(train_images))
        shifts = rng.integers(-1, 2, (STEPS_PER_EPOCH, 2), np.int32)
        for step, shift in enumerate(shifts):
            index = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
            yield np.roll(train_images[index], shift, axis=(1, 2)), train_labels[index]


history = network.fit(
    shifted_batches(),
    steps_per_epoch=STEPS_PER_EPOCH,
    epochs=EPOCHS,
    validation_data=(test_images, test_labels),
    validation_batch_size=500,
    verbose=2,
)
