"""The network in eager PyTorch, as one writes it."""

import torch

from peer import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, CLASSES, FEATURES, Peer

MODULES = {"simple_rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


class PyTorch(Peer):
    def __init__(self, cell, hidden, learning_rate):
        torch.manual_seed(1)
        self.recurrent = MODULES[cell](FEATURES, hidden, batch_first=True)
        self.norm = torch.nn.BatchNorm1d(hidden, eps=BATCH_NORM_EPSILON, momentum=1 - BATCH_NORM_MOMENTUM)
        self.dense = torch.nn.Linear(hidden, CLASSES)
        self.modules = torch.nn.ModuleList([self.recurrent, self.norm, self.dense])
        self.optimizer = torch.optim.SGD(self.modules.parameters(), lr=learning_rate)
        # Name of a weight: PyTorch's parameter, and whether it lies transposed there.
        self.parameters = {
            "kernel": (self.recurrent.weight_ih_l0, True),
            "recurrent": (self.recurrent.weight_hh_l0, True),
            "bias": (self.recurrent.bias_ih_l0, False),
            "gamma": (self.norm.weight, False),
            "beta": (self.norm.bias, False),
            "dense": (self.dense.weight, True),
            "dense_bias": (self.dense.bias, False),
        }
        if cell == "gru":
            self.parameters["recurrent_bias"] = (self.recurrent.bias_hh_l0, False)

    def load(self, weights):
        with torch.no_grad():
            # The second bias, which only the gru needs, stays zero in the other cells.
            self.recurrent.bias_hh_l0.zero_()
            for name, (parameter, transposed) in self.parameters.items():
                value = torch.from_numpy(weights[name])
                parameter.copy_(value.T if transposed else value)

    def weights(self):
        values = {name: (p.detach().cpu().numpy(), transposed) for name, (p, transposed) in self.parameters.items()}
        return {name: (value.T if transposed else value).copy() for name, (value, transposed) in values.items()}

    def step(self, inputs, labels):
        self.train_on(torch.from_numpy(inputs), torch.from_numpy(labels).long())

    def train_on(self, inputs, labels):
        """A step on tensors, which lie where the modules do."""
        self.optimizer.zero_grad()
        outputs, _ = self.recurrent(inputs)
        scores = self.dense(self.norm(outputs[:, -1]))
        torch.nn.functional.cross_entropy(scores, labels).backward()
        self.optimizer.step()
