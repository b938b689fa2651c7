"""Learning rates of every schedule, in PyTorch's convention and in Keras'."""

import numpy as np

EPOCHS = 14


def _warm_up(s, o):
    return s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=3), s.CosineAnnealingLR(o, 6)], milestones=[3])


# name: from the module of schedules and an optimizer to a schedule
TORCH_SCHEDULES = {
    "constant": lambda s, o: s.ConstantLR(o, 0.25, 4),
    "linear": lambda s, o: s.LinearLR(o, 0.2, 0.9, 6),
    "linear in no epochs": lambda s, o: s.LinearLR(o, 0.2, total_iters=0),
    "step": lambda s, o: s.StepLR(o, 3, 0.4),
    "multi step": lambda s, o: s.MultiStepLR(o, [2, 5, 5, 9], 0.5),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.8),
    "polynomial": lambda s, o: s.PolynomialLR(o, 8, 1.7),
    "polynomial in no epochs": lambda s, o: s.PolynomialLR(o, 0),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 5, 0.01),
    "cosine restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
    "lambda": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.9**epoch, lambda epoch: 1 / (1 + epoch)]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.95 if epoch % 2 else 1.01),
    "one cycle": lambda s, o: s.OneCycleLR(o, [0.5, 0.1], total_steps=EPOCHS),
    "one cycle linear": lambda s, o: s.OneCycleLR(
        o, 0.5, epochs=5, steps_per_epoch=3, anneal_strategy="linear", three_phase=True, div_factor=10.0
    ),
    "cyclic": lambda s, o: s.CyclicLR(o, [0.1, 0.02], 0.6, step_size_up=3, step_size_down=2),
    "cyclic triangular2": lambda s, o: s.CyclicLR(o, 0.1, 0.6, step_size_up=2, mode="triangular2"),
    "cyclic exp_range": lambda s, o: s.CyclicLR(
        o, 0.1, 0.6, step_size_up=3, mode="exp_range", gamma=0.9, cycle_momentum=False
    ),
    "warm-up": _warm_up,
    "sequence": lambda s, o: s.SequentialLR(
        o,
        [s.ConstantLR(o, 0.5, 2), s.ExponentialLR(o, 0.7), s.CosineAnnealingWarmRestarts(o, 3)],
        milestones=[3, 7],
    ),
    "chain": lambda s, o: s.ChainedScheduler([s.LinearLR(o, 0.2, total_iters=4), s.ExponentialLR(o, 0.9)], optimizer=o),
    "chain with cosine": lambda s, o: s.ChainedScheduler([s.CosineAnnealingLR(o, 5), s.StepLR(o, 4)]),
    "swa": lambda s, o: _swa(s)(o, 0.05, anneal_epochs=4),
    "swa linear": lambda s, o: _swa(s)(o, [0.05, 0.6], anneal_epochs=5, anneal_strategy="linear"),
    "plateau": lambda s, o: s.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=1, min_lr=[0.0, 0.15]),
    "plateau max abs": lambda s, o: s.ReduceLROnPlateau(
        o, "max", factor=0.3, patience=2, threshold=0.1, threshold_mode="abs"
    ),
}
METRICS = (1.0, 0.8, 0.9, 0.85, 0.82, 0.7, 0.7, 0.7, 0.65, 0.66, 0.66, 0.7, 0.7, 0.9)


def _swa(schedules):
    """SWALR, which lives in another module."""
    import importlib

    return importlib.import_module(schedules.__name__.replace("lr_scheduler", "swa_utils")).SWALR


def torch_groups(library, kind):
    """An optimizer with two groups."""
    a, b = (library.nn.Parameter(library.tensor(np.ones(2, np.float32))) for _ in range(2))
    options = {"momentum": 0.9} if kind == "SGD" else {"betas": (0.9, 0.99)}
    return getattr(library.optim, kind)([{"params": [a]}, {"params": [b], "lr": 0.2}], lr=0.5, **options)


def run_torch_schedule(library, schedules, name, kind="SGD"):
    """Rates and momentums, or first betas, of both groups in every epoch."""
    optimizer = torch_groups(library, kind)
    schedule = TORCH_SCHEDULES[name](schedules, optimizer)
    rows = []
    for epoch in range(EPOCHS):
        assert schedule.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        rows.append([(g["lr"], g["momentum"] if "momentum" in g else g["betas"][0]) for g in optimizer.param_groups])
        optimizer.step()
        schedule.step(METRICS[epoch]) if "plateau" in name else schedule.step()
    return np.array(rows)


# name: from the module of schedules to a schedule
KERAS_SCHEDULES = {
    "exponential": lambda s: s.ExponentialDecay(0.5, 4, 0.7),
    "exponential staircase": lambda s: s.ExponentialDecay(0.5, 4, 0.7, staircase=True),
    "piecewise": lambda s: s.PiecewiseConstantDecay([2, 7], [0.5, 0.3, 0.1]),
    "polynomial": lambda s: s.PolynomialDecay(0.5, 8, 0.05, 1.5),
    "polynomial cycle": lambda s: s.PolynomialDecay(0.5, 5, 0.05, cycle=True),
    "inverse time": lambda s: s.InverseTimeDecay(0.5, 3, 0.8),
    "inverse time staircase": lambda s: s.InverseTimeDecay(0.5, 3, 0.8, staircase=True),
    "cosine": lambda s: s.CosineDecay(0.5, 9, 0.1),
    "cosine warm-up": lambda s: s.CosineDecay(0.1, 6, 0.1, warmup_target=0.5, warmup_steps=4),
    "cosine restarts": lambda s: s.CosineDecayRestarts(0.5, 3, 2.0, 0.8, 0.1),
    "cosine restarts alike": lambda s: s.CosineDecayRestarts(0.5, 4, 1.0, 0.5),
}


def run_keras_schedule(schedules, name):
    schedule = KERAS_SCHEDULES[name](schedules)
    return np.array([float(schedule(step)) for step in range(EPOCHS)])
