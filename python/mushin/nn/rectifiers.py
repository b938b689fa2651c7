"""Activations as layers: rectifiers and their smooth relatives, some with numbers."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

from mushin.autograd import Tensor
from mushin.nn import functional
from mushin.nn.activation import Activation
from mushin.nn.module import Module
from mushin.nn.parameter import Parameter, axis_length, float_dtype
from mushin.ops.creation import full


class LeakyReLU(Activation):
    """y = x above 0, else negative_slope x, of any shape.

    Args:
        negative_slope: the slope below 0.

    Source: Maas, Hannun and Ng 2013; torch.nn.LeakyReLU.
    """

    _printed = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return functional.leaky_relu(input, self.negative_slope)


class ELU(Activation):
    """y = x above 0, else alpha (exp(x) - 1), of any shape.

    Args:
        alpha: minus the limit at -infinity.

    Source: Clevert, Unterthiner and Hochreiter 2016; torch.nn.ELU.
    """

    _printed = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return functional.elu(input, self.alpha)


class CELU(Activation):
    """y = x above 0, else alpha (exp(x / alpha) - 1), of any shape.

    Args:
        alpha: minus the limit at -infinity.

    Source: Barron 2017; torch.nn.CELU.
    """

    _printed = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return functional.celu(input, self.alpha)


class SELU(Activation):
    """y = 1.0507 x above 0, else 1.0507 * 1.6733 (exp(x) - 1), of any shape.

    Source: Klambauer et al. 2017; torch.nn.SELU.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.selu(input)


class RReLU(Activation):
    """y = x above 0, else x times a slope: in training each element's own, uniform in [lower, upper), in evaluation the
    mean of both; see functional.rrelu.

    Args:
        lower, upper: the bounds of the slope.

    Source: Xu et al. 2015; torch.nn.RReLU.
    """

    _printed = ("lower", "upper")

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Tensor:
        return functional.rrelu(input, self.lower, self.upper, self.training)


class PReLU(Module):
    """y = x above 0, else weight x, with a weight that is learned.

    Args:
        num_parameters: 1, or the number of channels.
        init: where the weights start.
        dtype: of the weight: float32 (None) or float64.

    Shapes: x and y (batch, channels, ...), weight (num_parameters,).

    Source: He et al. 2015; torch.nn.PReLU.
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = axis_length("PReLU", "num_parameters", num_parameters)
        self.init = init
        self.weight = Parameter(full((self.num_parameters,), init, float_dtype("PReLU", dtype)))

    def forward(self, input: Tensor) -> Tensor:
        return functional.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ReLU6(Activation):
    """y = min(max(x, 0), 6), of any shape.

    Source: torch.nn.ReLU6.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.relu6(input)


class Hardtanh(Activation):
    """y = x, but no less than min_val and no more than max_val, of any shape.

    Args:
        min_val: the least.
        max_val: the most.

    Raises:
        ValueError: a max_val that is not above min_val.

    Source: torch.nn.Hardtanh.
    """

    _printed = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        if not min_val < max_val:
            raise ValueError(f"[Hardtanh] max_val must be above min_val, got {max_val} and {min_val}")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardtanh(input, self.min_val, self.max_val)


class Threshold(Activation):
    """y = x above the threshold, else the value, of any shape.

    Args:
        threshold: what x must be above.
        value: what stands in the place of the others.

    Source: torch.nn.Threshold.
    """

    _printed = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return functional.threshold(input, self.threshold, self.value)


class _Shrink(Module):
    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return str(self.lambd)


class Hardshrink(_Shrink):
    """y = x where |x| is above lambd, else 0, of any shape.

    Args:
        lambd: the bound.

    Source: torch.nn.Hardshrink.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """y = x moved towards 0 by lambd, and 0 within lambd of it, of any shape.

    Args:
        lambd: the bound, from 0 on.

    Source: torch.nn.Softshrink.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.softshrink(input, self.lambd)


class SiLU(Activation):
    """y = x sigmoid(x), of any shape.

    Source: Hendrycks and Gimpel 2016; torch.nn.SiLU.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.silu(input)


class Mish(Activation):
    """y = x tanh(log(1 + exp(x))), of any shape.

    Source: Misra 2019; torch.nn.Mish.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.mish(input)


class Softplus(Module):
    """y = log(1 + exp(beta x)) / beta, or x where beta x is above the threshold, of any shape.

    Args:
        beta: how sharp the bend is.
        threshold: beyond which y is x.

    Source: torch.nn.Softplus.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return functional.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """y = x / (1 + |x|), of any shape.

    Source: torch.nn.Softsign.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.softsign(input)


class LogSigmoid(Module):
    """y = log(1 / (1 + exp(-x))), of any shape.

    Source: torch.nn.LogSigmoid.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.logsigmoid(input)


class Tanhshrink(Module):
    """y = x - tanh(x), of any shape.

    Source: torch.nn.Tanhshrink.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.tanhshrink(input)


class Hardsigmoid(Activation):
    """y = min(max(x + 3, 0), 6) / 6, of any shape.

    Source: torch.nn.Hardsigmoid.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardsigmoid(input)

    def extra_repr(self) -> str:
        return ""


class Hardswish(Activation):
    """y = x min(max(x + 3, 0), 6) / 6, of any shape.

    Source: Howard et al. 2019; torch.nn.Hardswish.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardswish(input)

    def extra_repr(self) -> str:
        return ""


class GLU(Module):
    """y = the first half of x along an axis times the sigmoid of the second.

    Args:
        dim: the axis, of even length.

    Source: Dauphin et al. 2017; torch.nn.GLU.
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
