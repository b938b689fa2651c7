"""Other names of ops, ops that are made of others, and what is seldom needed."""

_FUNCTIONS = (
    *("tan", "sinh", "cosh", "atan", "asinh", "exp2", "erfc", "frac", "deg2rad", "rad2deg", "sinc"),
    *("absolute", "arctan", "arcsinh", "negative", "fix", "isposinf", "isneginf", "signbit"),
)
_WITHIN = ("asin", "acos", "atanh", "arcsin", "arccos", "arctanh", "erfinv")
_OF_TWO = ("atan2", "hypot", "fmax", "fmin", "logaddexp2", "arctan2", "multiply", "subtract", "divide")
_COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "not_equal")
# PyTorch gives 0 for the derivative of a NaN or infinity, or NaN where both are.
_NO_EDGES = ("absolute", "frac", "sinc")

ELEMENTWISE = {
    **{name: (f"torch.{name}(x)", "x=5,7") for name in _FUNCTIONS},
    **{f"{name} at the edges": (f"torch.{name}(x)", "x=edges") for name in _FUNCTIONS if name not in _NO_EDGES},
    **{name: (f"torch.{name}(torch.tanh(x))", "x=5,7") for name in _WITHIN},
    **{name: (f"torch.{name}(1 + abs(x))", "x=5,7") for name in ("acosh", "arccosh")},
    **{name: (f"torch.{name}(x, w)", "x=5,7 w=7") for name in _OF_TWO},
    **{name: (f"torch.{name}(x.round(), w.round())", "x=5,7 w=5,7") for name in _COMPARISONS},
    "true_divide": ("x.true_divide(2)", "x=5,7"),
    "heaviside": ("torch.heaviside(x.detach().round(), w.detach())", "x=5,7 w=7"),
    "copysign": ("torch.copysign(x, t)", "x=5,7 t=signs:7"),
    "sgn": ("torch.sgn(x.detach())", "x=5,7"),
    "xlogy": ("torch.xlogy(x * t, abs(w))", "x=5,7 t=flags:5,7 w=5,7"),
    "lerp": ("torch.lerp(x, w, 0.3)", "x=5,7 w=5,7"),
    "lerp of tensors": ("x.lerp(w, b)", "x=5,7 w=5,7 b=7"),
    "addcmul": ("torch.addcmul(x, w, b, value=0.5)", "x=5,7 w=5,7 b=7"),
    "addcdiv": ("torch.addcdiv(x, w, b, value=0.5)", "x=5,7 w=5,7 b=7"),
    "float_power": ("torch.float_power(abs(x), 1.5)", "x=5,7"),
    "logit": ("torch.logit(torch.sigmoid(x))", "x=5,7"),
    "logit with eps": ("torch.logit(torch.sigmoid(x), 0.3)", "x=5,7"),
    "nan_to_num": ("torch.nan_to_num(x, 0.5, 2.0)", "x=edges"),
}

ARRANGED = {
    "t": ("torch.t(x)", "x=3,4"),
    "mT": ("x.mT", "x=2,3,4"),
    "H": ("x.H", "x=3,4"),
    "adjoint": ("torch.adjoint(x)", "x=2,3,4"),
    "clone": ("torch.clone(x)", "x=3,4"),
    "new_full": ("x * x.new_full((3, 4), 2.5)", "x=3,4"),
    "new_tensor": ("x * x.new_tensor([1, 2, 3, 4])", "x=3,4"),
    "broadcast_tensors": ("torch.broadcast_tensors(x, t)[0]", "x=3,1 t=ids:4"),
    "view_as": ("x.view_as(w) * w", "x=3,4 w=2,6"),
    **{
        f"{name} of {shape}": (f"torch.{name}(x)", f"x={shape}")
        for name in ("atleast_1d", "atleast_2d")
        for shape in ("4", "2,3")
    },
    "atleast_3d": ("torch.atleast_3d(x)", "x=2,3"),
    "diag": ("torch.diag(x, 1)", "x=4"),
    "diag of a matrix": ("x.diag(-1)", "x=4,5"),
    "diag_embed": ("torch.diag_embed(x, offset=-1, dim1=0, dim2=2)", "x=2,3"),
    "diagflat": ("torch.diagflat(x, 1)", "x=2,3"),
    "trace": ("torch.trace(x)", "x=4,5"),
    "block_diag": ("torch.block_diag(x, w, b)", "x=2,3 w=4 b=1,2"),
    "dstack": ("torch.dstack((x, w))", "x=2,3 w=2,3"),
    "column_stack": ("torch.column_stack((x, w))", "x=3 w=3,2"),
    "row_stack": ("torch.row_stack((x, w))", "x=3 w=2,3"),
    "hsplit": ("torch.hsplit(x, 2)[1]", "x=3,4"),
    "vsplit": ("torch.vsplit(x, (1,))[1]", "x=3,4"),
    "dsplit": ("torch.dsplit(x, 2)[0]", "x=3,2,4"),
    "fliplr": ("torch.fliplr(x)", "x=3,4"),
    "flipud": ("torch.flipud(x)", "x=3,4"),
    **{f"rot90 by {k}": (f"torch.rot90(x, {k}, (0, 2))", "x=3,2,4") for k in (-1, 0, 1, 2)},
    "unfold": ("x.unfold(1, 3, 2)", "x=2,8,3"),
    "take": ("torch.take(x, t)", "x=5,7 t=ids:2,3"),
    "index_copy": ("torch.index_copy(x, 1, torch.unique(t), w[:, :len(torch.unique(t))])", "x=3,5 t=ids:4 w=3,5"),
    "index_fill": ("torch.index_fill(x, 1, t, -1.5)", "x=3,5 t=ids:4"),
    "masked_scatter": ("torch.masked_scatter(x, t.bool(), w)", "x=3,5 t=ids:3,5 w=15"),
    "put": ("x.put(t, w)", "x=7 t=ids:1 w=1"),
    "put that adds": ("torch.put(x, t, w, accumulate=True)", "x=7 t=ids:4 w=4"),
    **{
        f"scatter_reduce by {how}, {whole}": (
            f"torch.scatter_reduce(x, 1, t, w, '{how}', include_self={whole})",
            "x=3,5 t=ids:3,7 w=3,7",
        )
        for how in ("sum", "mean", "amax", "amin")
        for whole in (True, False)
    },
}

STATISTICS = {
    **{
        f"{name} with {arguments or 'no arguments'}": (f"torch.{name}(x{arguments})", inputs)
        for name in ("nansum", "nanmean")
        for arguments, inputs in (("", "x=3,4,5"), (", dim=(0, 2), keepdim=True", "x=3,4,5"), ("", "x=edges"))
        if not (name == "nanmean" and inputs == "x=edges")
    },
    **{
        f"{part} of {name} with {dim}": (f"torch.{name}(x, {dim}).{part}", "x=3,4,5")
        for name in ("cummax", "cummin")
        for dim in (0, 1, -1)
        for part in ("values", "indices")
    },
    "cummax among equals": ("torch.cummax(t, 1).indices", "x=3,2 t=ids:3,9"),
    "aminmax": ("torch.aminmax(x, dim=1, keepdim=True).max", "x=3,4"),
    "diff": ("torch.diff(x, n=2, dim=0)", "x=5,3"),
    "diff with ends": ("torch.diff(x, prepend=w, append=w)", "x=5,3 w=5,1"),
    "trapezoid": ("torch.trapezoid(x, w)", "x=3,5 w=5"),
    "trapezoid of a width": ("torch.trapz(x, dx=0.5, dim=0)", "x=3,5"),
    "cumulative_trapezoid": ("torch.cumulative_trapezoid(x, w, dim=0)", "x=5,3 w=5"),
    **{
        f"quantile, {how}, {arguments}": (f"torch.quantile(x, {arguments}, interpolation='{how}')", "x=5,7")
        for how in ("linear", "lower", "higher", "nearest", "midpoint")
        for arguments in ("0.3", "0.45, 1", "0.6, 0, True")
    },
    "quantiles": ("torch.quantile(x, torch.tensor([0.2, 0.55, 1.0]), 1, True)", "x=5,7"),
    "quantile of all, kept": ("torch.quantile(x, 0.5, keepdim=True)", "x=5,7"),
    "histc": ("torch.histc(x.detach(), 5, -1, 1)", "x=40"),
    "histc of its own bounds": ("torch.histc(x.detach(), bins=4)", "x=40"),
    "bucketize": ("torch.bucketize(x, torch.sort(w).values)", "x=5,7 w=4"),
    "isin": ("torch.isin(t, torch.unique(t)[1:3])", "x=5,7 t=ids:20"),
    "isin, inverted": ("torch.isin(x, x[0], invert=True)", "x=5,7"),
    "unique_consecutive": ("torch.unique_consecutive(t)", "x=5,2 t=ids:20"),
    **{
        f"part {i} of unique_consecutive": (f"torch.unique_consecutive(t, True, True)[{i}]", "x=5,2 t=ids:4,5")
        for i in range(3)
    },
    "unique_consecutive rows": ("torch.unique_consecutive(t, dim=0)", "x=5,2 t=ids:9,1"),
    "cov": ("torch.cov(x)", "x=3,9"),
    "cov of one": ("torch.cov(x, correction=0)", "x=1,9"),
    "cov of weights": ("torch.cov(x, fweights=t + 1, aweights=t * 0.25 + 1)", "x=3,9 t=ids:9"),
    "corrcoef": ("torch.corrcoef(x)", "x=3,9"),
    **{f"cdist with {p}": (f"torch.cdist(x, w, {p})", "x=4,3 w=2,5,3") for p in ("1.0", "2.0", "3.0", "float('inf')")},
    "pdist": ("nn.functional.pdist(x)", "x=5,3"),
    "renorm": ("torch.renorm(x, 2, 1, 1.5)", "x=3,4"),
    "kron": ("torch.kron(x, w)", "x=2,3 w=4"),
    "vander": ("torch.vander(x.detach(), 4, increasing=True)", "x=5"),
    "vander from above": ("torch.vander(x.detach())", "x=4"),
    "combinations": ("torch.combinations(x, 3)", "x=5"),
    "combinations with replacement": ("torch.combinations(x, with_replacement=True)", "x=5"),
    "cartesian_prod": ("torch.cartesian_prod(x, w, b)", "x=2 w=3 b=2"),
    "cosine_similarity in the top": ("torch.cosine_similarity(x, b)", "x=5,7 b=5,7"),
    "pairwise_distance in the top": ("torch.pairwise_distance(x, b)", "x=5,7 b=5,7"),
    "pdist in the top": ("torch.pdist(x, 1.0)", "x=5,7"),
    "dist": ("torch.dist(x, w, 3)", "x=3,4 w=4"),
    "msort": ("torch.msort(x)", "x=5,3"),
    "vdot": ("torch.vdot(x, w)", "x=4 w=4"),
    "ger": ("torch.ger(x, w)", "x=3 w=4"),
}

LAYERS = {
    **{
        f"MultiLabelMarginLoss of {inputs}, {reduction}": (
            f"nn.MultiLabelMarginLoss(reduction='{reduction}')(x, t - 1)",
            inputs,
        )
        for inputs in ("x=6,7 t=ids:6,7", "x=5 t=ids:5")
        for reduction in ("mean", "sum", "none")
    },
    **{
        f"nn.{layer}": (f"nn.{layer}(x)", inputs)
        for inputs, layers in {
            "x=2,3,5": (
                *("ConstantPad1d(2, 1.5)", "ZeroPad1d((1, 2))", "ReflectionPad1d((1, 2))", "ReplicationPad1d(2)"),
                *("CircularPad1d((1, 2))", "PixelShuffle(1)"),
            ),
            "x=2,3,4,5": (
                *("ConstantPad2d((1, 0, 2, -1), -2.5)", "ZeroPad2d(1)", "ReflectionPad2d((1, 2, 0, 1))"),
                *("ReplicationPad2d(2)", "CircularPad2d((1, 2, 0, 1))", "Softmax2d()", "ChannelShuffle(3)"),
                *("Dropout2d(0.5).eval()", "RReLU(0.1, 0.4).eval()"),
            ),
            "x=2,3,2,3,4": (
                *(
                    "ConstantPad3d(1, 0.5)",
                    "ZeroPad3d(1)",
                    "ReflectionPad3d(1)",
                    "ReplicationPad3d((1, 0, 0, 2, 1, 1))",
                ),
                "CircularPad3d(1)",
            ),
            "x=2,8,3,2": ("PixelShuffle(2)", "ChannelShuffle(4)"),
            "x=2,3,4,6": ("PixelUnshuffle(2)",),
        }.items()
        for layer in layers
    },
}

NAMES = {**LAYERS, **ELEMENTWISE, **ARRANGED, **STATISTICS}
