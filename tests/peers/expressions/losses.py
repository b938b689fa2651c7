"""Losses."""

# loss: (what differs from the defaults, inputs, how it is called)
_OF_ELEMENTS = {
    "MSELoss": [("", "x=5,7 t=5,7"), ("", "x=9 t=9")],
    "L1Loss": [("", "x=5,7 t=5,7")],
    "SmoothL1Loss": [("", "x=5,7 t=5,7"), (", beta=0.3", "x=5,7 t=5,7"), (", beta=0.0", "x=5,7 t=5,7")],
    "HuberLoss": [("", "x=5,7 t=5,7"), (", delta=0.3", "x=5,7 t=5,7")],
    "BCELoss": [("", "x=rows:5,7 t=rows:5,7"), (", weight=torch.tensor([0.5, 2.0, 3.0])", "x=rows:5,3 t=rows:5,3")],
    "BCEWithLogitsLoss": [
        ("", "x=5,7 t=rows:5,7"),
        (", weight=torch.tensor([[0.5], [2.0]]), pos_weight=torch.tensor([0.5, 2.0, 3.0])", "x=2,3 t=rows:2,3"),
    ],
    "KLDivLoss": [("", "x=5,7 t=rows:5,7"), (", log_target=True", "x=5,7 t=5,7")],
    "PoissonNLLLoss": [
        ("", "x=5,7 t=rows:5,7"),
        (", full=True", "x=5,7 t=5,7"),
        (", log_input=False, full=True, eps=1e-3", "x=rows:5,7 t=rows:5,7"),
    ],
    "SoftMarginLoss": [("", "x=5,7 t=5,7")],
    "MultiLabelSoftMarginLoss": [
        ("", "x=5,7 t=rows:5,7"),
        (", weight=torch.tensor([0.5, 2.0, 3.0])", "x=5,3 t=rows:5,3"),
    ],
    "HingeEmbeddingLoss": [("", "x=5,7 t=signs:5,7"), (", margin=0.4", "x=5,7 t=signs:5,7")],
    "CrossEntropyLoss": [
        ("", "x=6,7 t=ids:6"),
        ("", "x=7 t=ids:"),
        (", ignore_index=2", "x=9,4 t=ids:9"),
        ("", "x=6,7 t=rows:6,7"),
        ("", "x=7 t=rows:7"),
        ("", "x=3,5,4 t=ids:3,4"),
        (", ignore_index=1", "x=2,5,3,4 t=ids:2,3,4"),
        ("", "x=2,5,3,4 t=rows:2,5,3,4"),
        (", label_smoothing=0.2", "x=6,7 t=ids:6"),
        (", label_smoothing=0.2", "x=2,5,3,4 t=rows:2,5,3,4"),
        (", weight=torch.tensor([0.5, 2.0, 3.0, 1.5])", "x=6,4 t=rows:6,4"),
        (", weight=torch.tensor([0.5, 2.0, 3.0, 1.5]), ignore_index=1", "x=9,4 t=ids:9"),
        (", weight=torch.tensor([0.5, 2.0, 3.0, 1.5]), label_smoothing=0.1", "x=6,4 t=rows:6,4"),
        (", weight=torch.tensor([0.5, 2.0, 3.0, 1.5]), ignore_index=1, label_smoothing=0.1", "x=3,4,5 t=ids:3,5"),
        (", weight=torch.tensor([0.5, 0.0, 3.0, 0.0])", "x=9,4 t=ids:9"),
    ],
    "NLLLoss": [
        ("", "x=6,7 t=ids:6"),
        ("", "x=7 t=ids:"),
        (", weight=torch.tensor([0.5, 2.0, 3.0, 1.5]), ignore_index=1", "x=9,4 t=ids:9"),
        (", weight=torch.tensor([0.5, 2.0, 3.0, 1.5])", "x=2,4,3,5 t=ids:2,3,5"),
    ],
    "MultiMarginLoss": [
        ("", "x=6,7 t=ids:6"),
        (", p=2, margin=0.5", "x=6,7 t=ids:6"),
        (", weight=torch.tensor([0.5, 2.0, 3.0, 1.5])", "x=9,4 t=ids:9"),
        ("", "x=7 t=ids:"),
    ],
}
_OF_THREE = {
    "MarginRankingLoss": [("", "x, z, t", "x=9 z=9 t=signs:9"), (", margin=0.5", "x, z, t", "x=3,4 z=3,4 t=signs:3,4")],
    "GaussianNLLLoss": [
        ("", "x, t, v.exp()", "x=5,7 t=5,7 v=5,7"),
        (", full=True", "x, t, v.exp()", "x=5,7 t=5,7 v=5,1"),
        ("", "x, t, v.exp()", "x=5,7 t=5,7 v=5"),
    ],
    "CosineEmbeddingLoss": [
        ("", "x, z, t", "x=5,7 z=5,7 t=signs:5"),
        (", margin=0.2", "x, z, t", "x=8,3 z=8,3 t=signs:8"),
        ("", "x, z, t", "x=7 z=7 t=signs:"),
    ],
    "TripletMarginLoss": [
        ("", "x, z, w", "x=5,7 z=5,7 w=5,7"),
        (", swap=True, margin=2.0", "x, z, w", "x=5,7 z=5,7 w=5,7"),
        (", p=1.0, eps=1e-3", "x, z, w", "x=5,7 z=5,7 w=5,7"),
        (", p=3.0", "x, z, w", "x=5,7 z=5,7 w=5,7"),
    ],
    "TripletMarginWithDistanceLoss": [
        ("", "x, z, w", "x=5,7 z=5,7 w=5,7"),
        (
            ", swap=True, distance_function=lambda a, b: ((a - b) * (a - b)).sum(-1)",
            "x, z, w",
            "x=5,7 z=5,7 w=5,7",
        ),
    ],
}
# what differs from the defaults, x's shape, targets and lengths
_CTC = {
    "rows": ("", "9,3,5", "torch.tensor([[1, 2, 2], [3, 4, 0], [0, 0, 0]]), (9, 6, 4), (3, 2, 0)"),
    "one sample's labels behind the other's": (
        ", blank=3",
        "9,3,5",
        "torch.tensor([1, 2, 2, 0, 4], dtype=torch.int32), torch.tensor([9, 6, 4]), torch.tensor([3, 0, 2])",
    ),
    "no axis of the batch": ("", "9,5", "torch.tensor([1, 1, 4]), torch.tensor(8), torch.tensor(3)"),
    "labels that frames cannot hold": ("", "3,3,5", "torch.tensor([[1, 1], [1, 2], [3, 0]]), (2, 2, 0), (2, 2, 1)"),
    "labels that frames cannot hold, as zero": (
        ", zero_infinity=True",
        "3,3,5",
        "torch.tensor([[1, 1], [1, 2], [3, 0]]), (2, 2, 0), (2, 2, 1)",
    ),
}
_CALLS = {name: [(more, "x, t", inputs) for more, inputs in settings] for name, settings in _OF_ELEMENTS.items()}
LOSSES = {
    **{
        f"{name} {reduction}{more} of {inputs}": (f"nn.{name}(reduction='{reduction}'{more})({call})", inputs)
        for name, settings in {**_CALLS, **_OF_THREE}.items()
        for more, call, inputs in settings
        for reduction in ("mean", "sum", "none")
    },
    **{
        f"{name} with weights, {reduction}": (
            f"nn.functional.{name}(x, t, reduction='{reduction}', weight=v.detach().exp()) + 0 * v.sum()",
            "x=5,7 t=5,7 v=5,7",
        )
        for name in ("mse_loss", "l1_loss", "huber_loss")
        for reduction in ("mean", "sum", "none")
    },
    **{
        f"CTCLoss of {name}, {reduction}": (
            f"nn.CTCLoss(reduction='{reduction}'{more})(nn.functional.log_softmax(x, -1), {targets})",
            f"x={shape}",
        )
        for name, (more, shape, targets) in _CTC.items()
        for reduction in ("mean", "sum", "none")
    },
    "kl_div by the batch": ("nn.functional.kl_div(x, t, reduction='batchmean')", "x=5,7 t=rows:5,7"),
    "CrossEntropyLoss of ids that are all ignored": ("nn.CrossEntropyLoss(ignore_index=0)(x, t)", "x=3,4 t=zeros:3"),
    "gradient of mse_loss's target": ("nn.functional.mse_loss(x, z)", "x=5,7 z=5,7"),
    "gradient of kl_div's target": ("nn.functional.kl_div(x, z.exp())", "x=5,7 z=5,7"),
    "gradient of the target of binary_cross_entropy_with_logits": (
        "nn.functional.binary_cross_entropy_with_logits(x, z, pos_weight=torch.tensor([0.5, 2.0, 3.0]))",
        "x=5,3 z=5,3",
    ),
    "gradient of cross_entropy's probabilities": (
        "nn.functional.cross_entropy(x, z.exp(), weight=torch.tensor([0.5, 2.0, 3.0]), label_smoothing=0.1)",
        "x=5,3 z=5,3",
    ),
    **{
        f"pairwise_distance with p={p}": (f"nn.functional.pairwise_distance(x, z, p={p}, keepdim=True)", "x=5,7 z=5,7")
        for p in ("1.0", "2.0", "3.0", "float('inf')")
    },
}
