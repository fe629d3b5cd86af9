"""The networks of the presets, which are also where an own network starts from."""

from cnn.networks.layers import Conv2D, Dense, Flatten, Layers, MaxPooling2D

# The network of the course notebook, 93,322 parameters.
NOTEBOOK: Layers = (
    Conv2D(32, 3, activation="relu"),
    MaxPooling2D(2),
    Conv2D(64, 3, activation="relu"),
    MaxPooling2D(2),
    Conv2D(64, 3, activation="relu"),
    Flatten(),
    Dense(64, activation="relu"),
    Dense(10, activation="softmax"),
)
# For drawings: two convolutions between the poolings and a wider dense layer, 207,818 parameters.
DEEP: Layers = (
    Conv2D(32, 3, activation="relu"),
    MaxPooling2D(2),
    Conv2D(64, 3, activation="relu"),
    Conv2D(96, 3, activation="relu"),
    MaxPooling2D(2),
    Conv2D(96, 3, activation="relu"),
    Flatten(),
    Dense(128, activation="relu"),
    Dense(10, activation="softmax"),
)
# To compare, 130,890 parameters. Without an activation, a vector may point anywhere.
EMBEDDING: Layers = (*NOTEBOOK[:-2], Dense(128), NOTEBOOK[-1])
# As in cnn.presets.
NETWORKS: dict[str, Layers] = {"notebook": NOTEBOOK, "deep": DEEP, "embedding": EMBEDDING}
