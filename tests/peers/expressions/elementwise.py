"""Elementwise ops, comparisons and activations."""

FUNCTIONS = (
    *("exp", "expm1", "sqrt", "rsqrt", "reciprocal", "log", "log1p", "log2", "log10", "sin", "cos", "erf"),
    *("neg", "abs", "sign", "square", "round", "floor", "ceil", "trunc", "sigmoid", "tanh", "relu"),
)
ACTIVATIONS = (
    *("relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "logsigmoid"),
    *("hardsigmoid", "hardswish", "hardtanh", "hardshrink", "softshrink", "tanhshrink"),
)
LAYERS = (
    *("ReLU6()", "LeakyReLU(0.2)", "ELU(0.7)", "CELU(0.7)", "SELU()", "SiLU()", "Mish()", "Softplus(2.0, 1.0)"),
    *("Softsign()", "LogSigmoid()", "Hardsigmoid()", "Hardswish()", "Hardtanh(-0.5, 0.3)", "Hardshrink(0.3)"),
    *("Softshrink(0.3)", "Tanhshrink()", "Threshold(0.2, 3.0)", "PReLU()", "PReLU(7)", "GLU(0)", "GELU('tanh')"),
)
OF_TWO = ("add", "sub", "mul", "div", "maximum", "minimum", "pow", "remainder", "fmod", "logaddexp")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "isclose")
# PyTorch gives 0 for a NaN, or as its derivative there.
CARRY_NAN = ("abs", "sign")
ELEMENTWISE = {
    **{name: (f"torch.{name}(x)", "x=5,7") for name in FUNCTIONS},
    **{f"{name} at the edges": (f"torch.{name}(x)", "x=edges") for name in FUNCTIONS if name not in CARRY_NAN},
    **{f"{name} at finite edges": (f"torch.{name}(x)", "x=finite") for name in CARRY_NAN},
    **{name: (f"nn.functional.{name}(x)", "x=5,7") for name in ACTIVATIONS},
    # Its gelu of 3e38 is infinite.
    **{f"{name} at finite edges": (f"nn.functional.{name}(x)", "x=finite") for name in ACTIVATIONS if name != "gelu"},
    **{f"nn.{layer}": (f"nn.{layer}(x)", "x=6,7") for layer in LAYERS},
    **{name: (f"torch.{name}(x, w)", "x=5,7 w=5,7") for name in OF_TWO},
    **{f"{name}, broadcast": (f"torch.{name}(x, w)", "x=5,1,3 w=7,1") for name in OF_TWO},
    **{name: (f"torch.{name}(x.round(), w.round())", "x=5,7 w=5,7") for name in COMPARISONS},
    "powers": ("x**2 + x**3 + abs(x)**0.5 + 2**x - x**-1", "x=5,7"),
    "clamp": ("torch.clamp(x, -0.5, 0.7) + x.clamp(min=0.1) + torch.clip(x, max=0.2)", "x=5,7"),
    "operators": ("(2 - x) * w / 3 + 1 / (w * w + 1) - (-x) % 0.7 + x.detach() // 0.3", "x=5,7 w=5,7"),
    "integers": ("x * ((t * 3 - 7) // 2 % 5 + abs(t - 3))", "x=6 t=ids:6"),
    "masks": ("x * ((x > 0) & ~(x > 1) | (t == 2))", "x=6 t=ids:6"),
    "no numbers": ("torch.isnan(x) | torch.isinf(x) & ~torch.isfinite(x)", "x=edges"),
}
