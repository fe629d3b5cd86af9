"""The cells of a notebook that depend on the network and the optimizer of a training."""

from cnn.config import OPTIMIZERS, PRESETS, TrainingConfig
from cnn.networks.code_writing import named_layer_lines
from cnn.networks.layers import layer_names, with_pooling
from cnn.networks.starting_points import NOTEBOOK

CLASSES = {  # by optimizer: how it is made of a learning rate
    "sgd": "keras.optimizers.SGD(learning_rate, momentum=0.9{})",
    "adam": "keras.optimizers.Adam(learning_rate{})",
    "adamw": "keras.optimizers.AdamW(learning_rate{})",
    "rmsprop": "keras.optimizers.RMSprop(learning_rate{})",
    "muon": "Muon(learning_rate, adam_for=({!r},){})",
}
LEARNING_RATES = {  # by schedule
    "constant": "learning_rate = LEARNING_RATE\n",
    "cosine": """\
steps = EPOCHS * int(np.ceil(len(train_images) / BATCH_SIZE))
learning_rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, decay_steps=steps)
""",
    "one_cycle": """\
steps = EPOCHS * int(np.ceil(len(train_images) / BATCH_SIZE))
warmup_steps = max(1, steps // 10)
learning_rate = keras.optimizers.schedules.CosineDecay(
    LEARNING_RATE / 10,
    decay_steps=max(1, steps - warmup_steps),
    warmup_target=LEARNING_RATE,
    warmup_steps=warmup_steps,
)
""",
}
SCHEDULES = {
    "constant": "The learning rate is constant.",
    "cosine": "The learning rate falls to 0 along a cosine.",
    "one_cycle": "The learning rate rises over the first tenth of the steps (warmup) and then "
    "falls to 0 (cosine decay).",
}
ABOUT_COMPILING = """\
## Compile
The optimizer is {optimizer}. {schedule} The loss is the cross-entropy, -ln of the probability of
the correct digit.
"""
INPUT_LINE = "        keras.Input((28, 28, 1)),\n"
LAST_COMMENT = "# The softmax sums exponentials, for which bfloat16 has too few digits."


def has_template_network(config: TrainingConfig) -> bool:
    """Whether the template `notebook.py` builds the network of `config`."""
    return config.layers == with_pooling(NOTEBOOK, config.pooling) and not config.network


def has_template_optimizer(config: TrainingConfig) -> bool:
    """Whether the template of the preset of `config` compiles with its optimizer."""
    preset = PRESETS[config.preset]
    names = ("optimizer", "schedule", "weight_decay")
    # Muon's line there leaves the layer called dense_2 to Adam.
    last = config.optimizer != "muon" or layer_names(config.layers)[-1] == "dense_2"
    own_template = config.preset in ("notebook", "fast")
    return own_template and last and all(getattr(config, n) == getattr(preset, n) for n in names)


def building_code(config: TrainingConfig, template: str) -> str:
    """The template's cell that builds the network, with the layers of `config`."""
    *lines, last = named_layer_lines(config.layers)
    last = last.removesuffix("),") + ', dtype="float32"),'
    rows = "".join(f"        {line}\n" for line in [*lines, LAST_COMMENT, last])
    head, rest = template.split(INPUT_LINE)
    return head + INPUT_LINE + rows + rest[rest.index("    ]\n)") :]


def compiling_cells(config: TrainingConfig) -> dict[str, tuple[str, str]]:
    """The cells that compile the network: about_compiling, optimizer and compiling."""
    decay = f", weight_decay={config.weight_decay!r}" if config.weight_decay else ""
    if config.optimizer == "adamw":
        decay = f", weight_decay={config.weight_decay!r}"
    last = layer_names(config.layers)[-1]
    arguments = (last, decay) if config.optimizer == "muon" else (decay,)
    several = config.recipe.max_steps_per_execution > 1
    lines = [
        f"optimizer = {CLASSES[config.optimizer].format(*arguments)}",
        "network.compile(",
        "    optimizer=optimizer,",
        '    loss="sparse_categorical_crossentropy",',
        '    metrics=["accuracy"],',
        *(["    steps_per_execution=max(1, min(16, 4096 // BATCH_SIZE)),"] if several else []),
        ")",
    ]
    about = ABOUT_COMPILING.format(
        optimizer=OPTIMIZERS[config.optimizer], schedule=SCHEDULES[config.schedule]
    )
    rate = LEARNING_RATES[config.schedule]
    compiling = "\n".join(lines) + "\n"
    if config.optimizer == "muon":  # whose source is the cell before
        return {
            "about_compiling": ("markdown", about),
            "compiling": ("code", rate + compiling),
        }
    return {
        "about_compiling": ("markdown", about),
        "optimizer": ("code", rate),
        "compiling": ("code", compiling),
    }


def configuration_code(config: TrainingConfig, template: str) -> str:
    """The template's cell that makes the configuration, with the further settings of `config`."""
    plain = TrainingConfig(preset=config.preset)
    names = ("optimizer", "schedule", "weight_decay", "dropout", "augmentation")
    changed = {name: getattr(config, name) for name in names}
    changed = {name: each for name, each in changed.items() if each != getattr(plain, name)}
    lines = [f"    {name}={value!r},\n" for name, value in changed.items()]
    if config.network:
        head, rows = "Sequential([", config.network.removeprefix("Sequential([").split("), ")
        rows = [f"{row}), " for row in rows[:-1]] + rows[-1:]
        text = "\n".join(f"        {part!r}" for part in [head, *rows])
        lines.append(f"    network=(\n{text}\n    ),\n")
    code = template.replace('preset="drawing"', f'preset="{config.preset}"')
    last = "    one_thread=ONE_THREAD,\n"
    return code.replace(last, last + "".join(lines))
