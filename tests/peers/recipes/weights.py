"""Networks whose weights go from one library to the other in safetensors files."""

import numpy as np

NETWORKS = {
    "layers": lambda nn: nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.LayerNorm(6), nn.Linear(6, 3, bias=False)),
    "nested": lambda nn: nn.Sequential(nn.Sequential(nn.Linear(4, 5), nn.Tanh()), nn.Dropout(0.5), nn.Linear(5, 2)),
    "lists": lambda nn: nn.ModuleList([nn.Linear(4, 4), nn.Bilinear(4, 4, 3)]),
}


def inputs():
    return np.random.Generator(np.random.Philox(8)).standard_normal((5, 4)).astype(np.float32)


def outputs(library, name, network):
    """What a network gives for the inputs, without gradients."""
    network.eval()
    x = library.tensor(inputs())
    with library.no_grad():
        y = network[1](network[0](x), x) if name == "lists" else network(x)
    return y.numpy()


def shifted(library, network):
    """Other weights than those that a network is born with, the same in both libraries' layout."""
    with library.no_grad():
        for i, parameter in enumerate(network.parameters()):
            values = np.random.Generator(np.random.Philox(100 + i)).standard_normal(tuple(parameter.shape))
            parameter.copy_(library.tensor(values.astype(np.float32)))
    return network
