"""PyTorch: a module of layers; the training is written out."""

import torch
import torch.nn.functional as F
from torch import nn


def pool(x, pooling):
    if pooling == "max":
        return F.max_pool2d(x, 2)
    mean = F.avg_pool2d(x, 2)
    return mean if pooling == "average" else 4 * mean


class Network(nn.Module):
    def __init__(self, pooling):
        super().__init__()
        self.pooling = pooling
        self.conv_1 = nn.Conv2d(1, 32, 3)
        self.conv_2 = nn.Conv2d(32, 64, 3)
        self.conv_3 = nn.Conv2d(64, 64, 3)
        self.dense_1 = nn.Linear(576, 64)
        self.dense_2 = nn.Linear(64, 10)

    def forward(self, images):  # (n, 28, 28, 1)
        # To channels, height, width
        x = images.permute(0, 3, 1, 2)
        x = pool(F.relu(self.conv_1(x)), self.pooling)
        x = pool(F.relu(self.conv_2(x)), self.pooling)
        x = F.relu(self.conv_3(x))
        # Back, as Keras's weights need it
        x = x.permute(0, 2, 3, 1).flatten(1)
        x = F.relu(self.dense_1(x))
        # No softmax: the loss has it.
        return self.dense_2(x)


def build(pooling, weights):
    network = Network(pooling)
    with torch.no_grad():
        parameters = network.parameters()
        for parameter, array in zip(parameters, weights):
            # Kernels: outputs, inputs, height, width
            orders = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
            array = array.transpose(orders[array.ndim])
            parameter.copy_(torch.from_numpy(array.copy()))
    return network


def loss(logits, labels):
    return F.cross_entropy(logits, labels)


def train(network, rate):
    weights = network.parameters()
    optimizer = torch.optim.SGD(weights, rate, momentum=0.9)

    def step(images, labels):
        optimizer.zero_grad()  # else they are added up
        logits = network(torch.from_numpy(images))
        labels = torch.from_numpy(labels).long()
        value = loss(logits, labels)
        value.backward()
        optimizer.step()
        return value.item()

    return step


def predict(network, images):
    with torch.no_grad():
        logits = network(torch.from_numpy(images))
        return F.softmax(logits, dim=1).numpy()
