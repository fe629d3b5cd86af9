"""The cells of a notebook that differ where a training is quick: its optimiser, and its batches."""

from pathlib import Path

from cnn.config import TrainingConfig

BFLOAT16 = 'keras.config.set_dtype_policy("mixed_bfloat16")  # slow where no processor has it\n'


def quick_texts(config: TrainingConfig) -> dict[str, str]:
    """The texts of the cells of the plain notebook that are other ones here, by the cells' ids."""
    return {
        "about_compiling": """
            ## Compile
            Muon takes the steps, and Adam those of the biases and of the last layer. The learning
            rate rises in the first tenth of the steps, and then falls to 0. The loss is the
            cross-entropy, -ln of the probability that the right digit got.
            """,
        "compiling": f"{_optimiser_code()}\n\n{COMPILING}",
        "about_fitting": """
            ## Train
            Each epoch shows the digits in a new order, each batch of them moved by up to a pixel,
            all as the seed decides. The test digits are looked at after each epoch, and nothing is
            learned from them.
            """,
        "fitting": FITTING,
    }


def _optimiser_code() -> str:
    """The source of `optimizers`, from its first class on; reading it needs no Keras."""
    source = (Path(__file__).parent / "optimizers.py").read_text(encoding="utf-8")
    return f"from keras import ops\n\n\n{source[source.index('@keras') :].strip()}"


COMPILING = """
STEPS = math.ceil(len(train_images) / BATCH_SIZE)  # an epoch's
rising = max(1, EPOCHS * STEPS // 10)
learning_rate = keras.optimizers.schedules.CosineDecay(
    LEARNING_RATE / 10,
    decay_steps=max(1, EPOCHS * STEPS - rising),
    warmup_target=LEARNING_RATE,
    warmup_steps=rising,
)
network.compile(
    optimizer=Muon(learning_rate),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
"""

FITTING = """
def shuffled_batches():
    for epoch in range(EPOCHS):
        rng = np.random.default_rng((SEED, epoch))
        order = rng.permutation(len(train_images))
        moves = rng.integers(-1, 2, (STEPS, 2), np.int32)
        for step, move in enumerate(moves):
            chosen = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
            yield np.roll(train_images[chosen], move, axis=(1, 2)), train_labels[chosen]


history = network.fit(
    shuffled_batches(),
    steps_per_epoch=STEPS,
    epochs=EPOCHS,
    validation_data=(test_images, test_labels),
    validation_batch_size=500,
    verbose=2,
)
"""
