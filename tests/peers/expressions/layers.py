"""Layers."""

LAYERS = {
    "linear": ("nn.functional.linear(x, w, b)", "x=5,7 w=3,7 b=3"),
    "linear without bias": ("nn.functional.linear(x, w)", "x=5,7 w=3,7"),
    "linear of a vector": ("nn.functional.linear(x, w, b)", "x=7 w=3,7 b=3"),
    "linear of four axes": ("nn.functional.linear(x, w, b)", "x=2,3,4,7 w=5,7 b=5"),
    "linear of no rows": ("nn.functional.linear(x, w, b)", "x=0,7 w=3,7 b=3"),
    "linear of odd sizes": ("nn.functional.linear(x, w, b)", "x=33,65 w=17,65 b=17"),
    "softmax of rows": ("nn.Softmax(dim=-1)(x)", "x=5,7"),
    "softmax of columns": ("nn.Softmax(dim=0)(x)", "x=5,7"),
    "softmax of a middle axis": ("nn.Softmax(dim=1)(x)", "x=2,5,7"),
    "relu": ("nn.ReLU()(x)", "x=5,7"),
    "sigmoid": ("nn.Sigmoid()(x)", "x=5,7"),
    "tanh": ("nn.Tanh()(x)", "x=5,7"),
    "relu at the edges": ("nn.ReLU()(x)", "x=edges"),
    "sigmoid at the edges": ("nn.Sigmoid()(x)", "x=edges"),
    "tanh at the edges": ("nn.Tanh()(x)", "x=edges"),
    "flatten": ("nn.Flatten()(x)", "x=2,3,4"),
    "parameters to a vector": ("nn.utils.parameters_to_vector([x, w, b])", "x=2,3 w=4 b=1,2,2"),
    "layers": (
        "nn.Sequential(nn.Flatten(), nn.Tanh(), nn.Softmax(dim=1))(nn.functional.relu(nn.functional.linear(x, w, b)))",
        "x=4,3,5 w=6,5 b=6",
    ),
}
