"""Normalization. A layer's own parameters are ones and zeros; those of functions are inputs."""

NORMS = {
    "rms_norm": ("nn.functional.rms_norm(x, (7,), w)", "x=5,7 w=7"),
    "rms_norm of two axes": ("nn.functional.rms_norm(x, (3, 7), w, 1e-3)", "x=5,3,7 w=3,7"),
    "rms_norm without weight": ("nn.functional.rms_norm(x, (7,))", "x=5,7"),
    "RMSNorm": ("nn.RMSNorm(7)(x)", "x=2,5,7"),
    "batch_norm": ("nn.functional.batch_norm(x, None, None, w, b, True)", "x=6,7 w=7 b=7"),
    "batch_norm of lengths": ("nn.functional.batch_norm(x, None, None, w, b, True, eps=1e-3)", "x=3,4,9 w=4 b=4"),
    "batch_norm of pictures": ("nn.functional.batch_norm(x, None, None, w, b, True)", "x=3,4,5,6 w=4 b=4"),
    "batch_norm without bias": ("nn.functional.batch_norm(x, None, None, w, None, True)", "x=6,7 w=7"),
    "batch_norm of nothing": ("nn.functional.batch_norm(x, None, None, w, b, True)", "x=0,7 w=7 b=7"),
    "batch_norm in evaluation": (
        "nn.functional.batch_norm(x, z.detach(), (z * z).detach() + 0.5, w, b) + 0 * z",
        "x=6,7 z=7 w=7 b=7",
    ),
    "BatchNorm1d": ("nn.BatchNorm1d(7)(x)", "x=6,7"),
    "BatchNorm1d of lengths": ("nn.BatchNorm1d(4)(x)", "x=3,4,9"),
    "BatchNorm1d in evaluation": ("(lambda m: (m(x), m.eval()(x))[1])(nn.BatchNorm1d(4))", "x=3,4,9"),
    "BatchNorm1d cumulative": (
        "(lambda m: (m(x), m(2 * x), m.eval()(x))[2])(nn.BatchNorm1d(4, momentum=None))",
        "x=9,4",
    ),
    "BatchNorm1d not affine": ("nn.BatchNorm1d(4, affine=False)(x)", "x=9,4"),
    "BatchNorm1d not tracking": ("nn.BatchNorm1d(4, track_running_stats=False).eval()(x)", "x=9,4"),
    "BatchNorm2d": ("nn.BatchNorm2d(2)(x)", "x=3,2,4,5"),
    "BatchNorm3d": ("nn.BatchNorm3d(2)(x)", "x=3,2,2,4,3"),
    "running_mean": ("(lambda m: (m(x), m(3 * x), m.running_mean)[2])(nn.BatchNorm1d(4))", "x=3,4,9"),
    "running_var": ("(lambda m: (m(x), m(3 * x), m.running_var)[2])(nn.BatchNorm1d(4, momentum=0.3))", "x=7,4"),
    "update_bn": (
        "(lambda m: (torch.optim.swa_utils.update_bn([x, (x * 2, 1)], m), m.running_var)[1])(nn.BatchNorm1d(4))",
        "x=7,4",
    ),
    "group_norm": ("nn.functional.group_norm(x, 2, w, b)", "x=5,20 w=20 b=20"),
    "group_norm of pictures": ("nn.functional.group_norm(x, 3, w, b, 1e-3)", "x=2,6,3,4 w=6 b=6"),
    "GroupNorm": ("nn.GroupNorm(2, 6)(x)", "x=2,6,5"),
    "GroupNorm not affine": ("nn.GroupNorm(6, 6, affine=False)(x)", "x=2,6,5"),
}
