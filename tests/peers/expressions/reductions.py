"""Reductions and what orders values."""

_AXES = ("", "dim=0", "dim=1, keepdim=True", "dim=(0, 2)", "dim=-1")
_ONE_AXIS = ("dim=0", "dim=1, keepdim=True", "dim=-1")
_WITH_INDICES = {
    "max": "x.max({})",
    "min": "torch.min(x, {})",
    "median": "x.median({})",
    "kthvalue": "torch.kthvalue(x, 2, {})",
}


def _call(expression, arguments):
    return expression.format(arguments).replace("(x, )", "(x)").replace(", )", ")")


REDUCTIONS = {
    **{
        f"{name} with {arguments or 'no arguments'}": (_call(f"torch.{name}(x, {{}})", arguments), "x=3,4,5")
        for name in ("sum", "mean", "amax", "amin", "var", "std", "count_nonzero")
        for arguments in _AXES
        if not (name == "count_nonzero" and "keepdim" in arguments)
    },
    **{
        f"{name} with {arguments or 'no arguments'}": (_call(f"torch.{name}(x, {{}})", arguments), "x=3,4,5")
        for name in ("prod", "argmax", "argmin", "all", "any")
        for arguments in ("", *_ONE_AXIS)
    },
    **{
        f"{part} of {name} with {arguments}": (f"{call.format(arguments)}.{part}", "x=3,4,5")
        for name, call in _WITH_INDICES.items()
        for arguments in _ONE_AXIS
        for part in ("values", "indices")
    },
    **{
        f"{name} of all": (f"x.{name}()", inputs)
        for name, inputs in (("max", "x=3,4"), ("min", "x=3,4"), ("median", "x=3,4"), ("median", "x=5"))
    },
    "larger of two": ("torch.max(x, b)", "x=3,4 b=4"),
    "smaller of two": ("torch.min(x, b)", "x=3,4 b=3,1"),
    "max among equals": ("torch.max(torch.sum(x * 0, dim=0))", "x=3,4"),
    "amax among equals": ("torch.amax(x * 0, dim=1)", "x=3,4"),
    "amin among equals over two axes": ("torch.amin(x * 0, dim=(0, 2))", "x=3,4,2"),
    "median among equals": ("torch.median(x * 0)", "x=3,4"),
    "prod with a zero": ("torch.prod(x * t, dim=1)", "x=3,4 t=flags:3,4"),
    "prod of zeros": ("torch.prod(x * 0, dim=1)", "x=3,4"),
    "prod of all": ("x.prod()", "x=2,3"),
    **{
        f"{name} with {arguments}": (f"x.{name}({arguments})", "x=3,4,5")
        for name in ("var", "std")
        for arguments in (
            "unbiased=False",
            "False",
            "1, False",
            "1, True, True",
            "dim=1, correction=0",
            "dim=(0, 2), correction=2, keepdim=True",
        )
    },
    "std of constants": ("torch.std(x * 0, dim=1)", "x=3,4"),
    "var of one element": ("torch.var(x, dim=1, correction=0)", "x=3,1"),
    **{
        f"part {i} of {name}": (f"torch.{name}(x, dim=1, correction=0, keepdim=True)[{i}]", "x=3,4,5")
        for name in ("var_mean", "std_mean")
        for i in (0, 1)
    },
    **{f"logsumexp with {a}": (f"torch.logsumexp(x, {a})", "x=3,4,5") for a in _AXES[1:]},
    "logsumexp of large numbers": ("torch.logsumexp(x * 1000, dim=1)", "x=3,4"),
    **{
        f"norm with {p} and {a or 'no axis'}": (_call(f"torch.norm(x, {p}, {{}})", a), "x=3,4,5")
        for p in ("'fro'", "2", "1", "3", "0.5", "-1.5", "float('inf')", "-float('inf')")
        for a in ("", "dim=1", "dim=(0, 2), keepdim=True")
    },
    "norm of order 0": ("torch.norm(x, 0, dim=1) + torch.sum(x, dim=1)", "x=3,4"),
    "norm of zeros": ("torch.norm(x * 0, dim=1)", "x=3,4"),
    "largest norm among equals": ("torch.norm(x * 0 + 1, float('inf'), dim=1)", "x=3,4"),
    **{f"cumsum with {a}": (f"torch.cumsum(x, {a})", "x=3,4,5") for a in ("dim=0", "dim=1", "dim=-1")},
    **{f"cumprod with {a}": (f"x.cumprod({a})", "x=3,4,5") for a in ("dim=0", "dim=1", "dim=-1")},
    "cumprod with a zero": ("torch.cumprod(x * t, dim=1)", "x=3,4 t=flags:3,4"),
    "cumprod of zeros": ("torch.cumprod(x * 0, dim=1)", "x=3,4"),
    **{
        f"{part} of {call}": (f"{call}.{part}", "x=3,4,5")
        for call in (
            "torch.sort(x)",
            "x.sort(0)",
            "torch.sort(x, dim=1, descending=True, stable=True)",
            "torch.topk(x, 2)",
            "x.topk(3, 1, False)",
        )
        for part in ("values", "indices")
    },
    "argsort": ("torch.argsort(x, dim=1, descending=True)", "x=3,4,5"),
    "sorted special values": ("torch.sort(x, stable=True).indices", "x=edges"),
    "special values in descending order": ("torch.sort(x, descending=True, stable=True).indices", "x=edges"),
    "largest special values": ("torch.topk(x, 3).values", "x=edges"),
    "unique": ("torch.unique(t)", "x=5,7 t=ids:4,6"),
    **{
        f"part {i} of unique": (f"torch.unique(t, return_inverse=True, return_counts=True)[{i}]", "x=5,3 t=ids:4,6")
        for i in range(3)
    },
    "unique rows": ("torch.unique(t, dim=0)", "x=5,2 t=ids:9,2"),
    **{f"{name} of ids": (f"torch.{name}(t)", "x=5,7 t=ids:4,6") for name in ("sum", "max", "min", "argmax", "argmin")},
    **{f"{name} of ids along an axis": (f"torch.{name}(t, 1)", "x=5,7 t=ids:4,6") for name in ("sum", "cumsum")},
    **{f"{name} of truth values": (f"torch.{name}(torch.any(x, 1))", "x=3,4,5") for name in ("sum", "count_nonzero")},
    "searchsorted": ("torch.searchsorted(torch.sort(t).values, x)", "x=4,3 t=flags:9"),
    "searchsorted of rows": (
        "torch.searchsorted(torch.sort(x).values, torch.sort(x, descending=True).values, right=True)",
        "x=4,3",
    ),
    "bincount": ("torch.bincount(t, minlength=9)", "x=5,7 t=ids:12"),
    "one_hot": ("nn.functional.one_hot(t, 9)", "x=5,7 t=ids:4,6"),
    "one_hot that infers": ("nn.functional.one_hot(t)", "x=5,7 t=ids:4,6"),
    "log_softmax": ("torch.log_softmax(x, dim=1)", "x=3,4,5"),
    "LogSoftmax": ("nn.LogSoftmax(dim=-1)(x)", "x=5,7"),
    "LogSoftmax at the edges": ("nn.LogSoftmax(dim=0)(x * 0 + 1e30)", "x=7"),
    "functional.log_softmax": ("nn.functional.log_softmax(x, 0)", "x=5,7"),
    "Softmin": ("nn.Softmin(dim=1)(x)", "x=5,7"),
    "functional.softmin": ("nn.functional.softmin(x, 0)", "x=5,7"),
    "functional.softmax in float64": ("nn.functional.softmax(x, 0, dtype=torch.float64)", "x=5,7"),
    **{
        f"normalize with {a or 'no arguments'}": (_call("nn.functional.normalize(x, {})", a), "x=5,7")
        for a in ("", "p=1, dim=0", "p=3", "dim=(0, 1)", "eps=5.0")
    },
    "normalize of zeros": ("nn.functional.normalize(x * 0)", "x=5,7"),
    "cosine_similarity": ("nn.functional.cosine_similarity(x, b)", "x=5,7 b=5,7"),
    "cosine_similarity of broadcast vectors": ("nn.functional.cosine_similarity(x, b, dim=-1)", "x=5,1,7 b=3,1"),
    "CosineSimilarity": ("nn.CosineSimilarity(dim=0, eps=1e-3)(x, b)", "x=5,7 b=5,7"),
    "pairwise_distance": ("nn.functional.pairwise_distance(x, b)", "x=5,7 b=5,7"),
    "pairwise_distance with arguments": ("nn.functional.pairwise_distance(x, b, 1.0, 1e-3, True)", "x=5,7 b=7"),
    "PairwiseDistance": ("nn.PairwiseDistance(p=3, keepdim=True)(x, b)", "x=5,7 b=5,7"),
}
