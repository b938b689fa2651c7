"""What modules, hooks and loaders do, told as plain values, of either library."""

import itertools

from peers.recipes.schedules import TORCH_SCHEDULES, torch_groups


def plain(value):
    """Tensors as nested lists, in containers too."""
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value.detach().numpy().tolist() if hasattr(value, "detach") else value


def hooks(library, _):
    """All numbers are exact. Leaves' hooks note elsewhere: when they are called among the others is the library's."""
    nn, seen, of_leaf = library.nn, [], []
    layer = nn.Linear(2, 2)
    layer.load_state_dict({"weight": library.tensor([[1.0, 2.0], [3.0, 4.0]]), "bias": library.tensor([1.0, 1.0])})
    layer.register_full_backward_pre_hook(lambda m, g: (seen.append(plain(g)), (g[0] * 2,))[1])
    layer.register_full_backward_hook(
        lambda m, dx, dy: (seen.append((plain(dx), plain(dy))), None if dx[0] is None else (dx[0] + 1,))[1]
    )
    layer.register_forward_pre_hook(lambda m, args: args[0] * 0.5)
    layer.register_forward_hook(lambda m, args, output: (seen.append((plain(args), plain(output))), output * 3)[1])
    layer.weight.register_hook(lambda g: (of_leaf.append(plain(g)), g * 10)[1])
    x = library.tensor([[1.0, 2.0]]).requires_grad_()
    y = layer(x)
    y.retain_grad()
    y.register_hook(lambda g: g + 0.5)
    (y * y).sum().backward()
    return [seen, of_leaf, *map(plain, (y.grad, x.grad, layer.weight.grad, layer.bias.grad))]


def names(library, _):
    nn = library.nn
    model = nn.ModuleDict(
        {
            "a": nn.ModuleList([nn.Linear(1, 2), nn.Linear(1, 2), nn.Bilinear(1, 2, 3)]),
            "b": nn.Sequential(nn.ReLU(), nn.Unflatten(1, (3, -1))),
            "c": nn.ParameterDict({"x": library.ones(3)}),
            "d": nn.ParameterList([library.ones(3), library.ones(2)]),
        }
    )
    model["b"].insert(1, nn.Tanh())
    del model["a"][0]
    model.register_buffer("saved", library.ones(2))
    model.register_buffer("not_saved", library.ones(2), persistent=False)
    result = model.load_state_dict({"unknown": library.ones(1)}, strict=False)
    return [
        [[name, list(tensor.shape)] for name, tensor in model.state_dict(prefix="p.").items()],
        [[name for name, _ in members] for members in (model.named_modules(), model.named_buffers())],
        [list(result.missing_keys), list(result.unexpected_keys)],
        repr(model["a"]) + repr(model["b"]),
    ]


def tables(library, _):
    """Lookups with a lazy optimizer, whose numbers are rounded; what is printed."""
    nn = library.nn
    start = [[1.0, -2.0], [3.0, 0.5], [-1.5, 2.5], [0.25, 4.0], [2.0, 1.0]]
    layer = nn.Embedding.from_pretrained(library.tensor(start), freeze=False, sparse=True)
    optimizer = library.optim.SparseAdam(layer.parameters(), lr=0.1, betas=(0.8, 0.9), eps=0.01)
    for ids in ([1, 2, 2], [2, 0], [1, 1, 1]):
        optimizer.zero_grad()
        y = layer(library.tensor(ids))
        (y * y).sum().backward()
        optimizer.step()
    return [
        [[round(value, 4) for value in row] for row in plain(layer.weight)],
        list(layer.state_dict()),
        repr(nn.Embedding(5, 2, padding_idx=-2, max_norm=1.5, norm_type=1.0, scale_grad_by_freq=True, sparse=True)),
        repr(nn.EmbeddingBag(5, 2, mode="max", padding_idx=1)),
        repr(nn.EmbeddingBag(5, 2, 1.5, 1.0, True, "sum")),
        [nn.Embedding(5, 2, -2).padding_idx, nn.EmbeddingBag(5, 2, padding_idx=-1).padding_idx],
    ]


def containers(library, _):
    """What they hold after they were added to and multiplied, and what is no parameter in them."""
    nn = library.nn
    model = nn.Sequential(nn.Linear(1, 1), nn.Tanh())
    members = nn.ParameterList([library.ones(2), 3, None])
    members[1] = library.zeros(1)
    named = nn.ParameterDict({"a": library.ones(2), "n": 3})
    both = {"b": library.zeros(1), "n": 5} | (named | {"c": 4})
    errors = []
    for change in (lambda: model.insert(3, nn.ReLU()), lambda: model * 0, lambda: nn.ParameterDict().popitem()):
        try:
            change()
        except (IndexError, ValueError, KeyError) as error:
            errors.append(type(error).__name__)
    return [
        [repr(each) for each in (model * 2, 3 * model, model + nn.Sequential(nn.ReLU()))],
        [list(members.state_dict()), [plain(each) for each in members]],
        [[name, plain(value)] for name, value in both.items()],
        [named.setdefault("d", 7), list(named.popitem()), list(named.copy()), list(reversed(named))],
        errors,
    ]


def optimizers(library, _):
    """Names, hooks and states; no values, which other tests compare."""
    nn, seen = library.nn, []
    layer = nn.Linear(2, 3)
    optimizer = library.optim.Adam(layer.named_parameters(), lr=library.tensor(0.5))
    optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(["before", o is args[0], len(args)]))
    handle = optimizer.register_step_pre_hook(lambda o, args, kwargs: ((*args, lambda: 3.0), kwargs))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(["after", len(args), len(o.state)]))
    seen.append([len(optimizer.state), layer.weight in optimizer.state, len(optimizer.state[layer.weight])])
    layer(library.ones(1, 2)).sum().backward()
    seen.append(optimizer.step())
    handle.remove()
    seen.append(optimizer.step())
    for p, state in optimizer.state.items():
        seen.append([p is layer.weight, [[name, list(x.shape)] for name, x in state.items()], int(state["step"])])
    group = optimizer.param_groups[0]
    return [seen, type(group["params"]).__name__, float(group["lr"]), group["param_names"]]


def states_of_schedules(library, _):
    """What they are called, beside a mark of PyTorch's that a step is under way."""
    names = {}
    for name, make in TORCH_SCHEDULES.items():
        state = make(library.optim.lr_scheduler, torch_groups(library, "SGD")).state_dict()
        names[name] = sorted(state.keys() - {"_get_lr_called_within_step"})
        if "_schedule_phases" in state:
            names[name].append(state["_schedule_phases"])
    return names


def initial_values(library, _):
    init = library.nn.init
    return [
        plain(init.eye_(library.zeros(2, 3))),
        plain(init.dirac_(library.ones(4, 2, 3, 2), 2)),
        [init.calculate_gain(name) for name in ("relu", "tanh", "selu", "conv2d", "leaky_relu")],
    ]


def loaders(library, data):
    class Stream(data.IterableDataset):
        def __iter__(self):
            info = data.get_worker_info()
            return iter(range(7) if info is None else range(info.id, 7, info.num_workers))

    samples = [(1, 2.5, "a", {"k": [1, 2]}), (2, 3.5, "b", {"k": [3, 4]}), (3, 4.0, "c", {"k": [5, 6]})]
    batches = list(data.DataLoader(samples, batch_size=2))
    dtypes = [[str(tensor.dtype).split(".")[-1] for tensor in batch[:2]] for batch in batches]
    combinations = itertools.product((0, 2), (False, True))
    return [
        [dtypes, [[plain(batch[:3]), plain(batch[3]["k"])] for batch in batches]],
        [plain(list(data.DataLoader(Stream(), 2, num_workers=n, drop_last=last))) for n, last in combinations],
        [[len(part) for part in data.random_split(range(10), shares)] for shares in ([0.34, 0.33, 0.33], [7, 3])],
        plain(list(data.DataLoader(range(5), 2, sampler=[4, 0, 3]))),
        plain(list(data.DataLoader(data.TensorDataset(library.ones(3, 2), library.ones(3)), 2))),
    ]


def norms(library, _):
    """The state of layers that normalize, before and after it is loaded, and how a call counts."""
    nn = library.nn
    given = {"weight": [2.0, 3.0], "bias": [4.0, 5.0], "running_mean": [6.0, 7.0], "running_var": [8.0, 9.0]}
    layer = nn.BatchNorm1d(2, momentum=0.5)
    state = {**{name: library.tensor(x) for name, x in given.items()}, "num_batches_tracked": library.tensor(3)}
    layer.load_state_dict(state)
    layer(library.tensor([[0.0, 2.0], [2.0, 2.0]]))
    seen = [plain(list(layer.state_dict().values()))]
    for each in (nn.BatchNorm1d(2), nn.BatchNorm1d(2, affine=False), nn.RMSNorm((2, 3)), nn.GroupNorm(2, 4)):
        state = each.state_dict().items()
        seen.append([[name, list(x.shape), str(x.dtype).split(".")[-1], plain(x)] for name, x in state])
    return seen


def printing(library, _):
    """Every layer that may be printed in more than one way."""
    nn = library.nn
    in_place = ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardsigmoid", "Hardswish")
    layers = [getattr(nn, name)(inplace=given) for name in in_place for given in (False, True)]
    layers += [
        nn.LeakyReLU(0.2, True),
        nn.ELU(2.0),
        nn.CELU(),
        nn.PReLU(3),
        nn.Hardtanh(-2, 2, True),
        nn.Threshold(1, 2),
    ]
    layers += [
        nn.Hardshrink(),
        nn.Softshrink(0.25),
        nn.Softplus(2),
        nn.GLU(),
        nn.GELU("tanh"),
        nn.Softmax(),
        nn.Softmin(1),
    ]
    layers += [nn.Softsign(), nn.Dropout(0.1, True), nn.AlphaDropout(), nn.Flatten(0, 2), nn.Unflatten(1, (2, 3))]
    layers += [nn.Linear(2, 3, False), nn.Bilinear(1, 2, 3), nn.Identity(3), nn.CosineSimilarity(), nn.HuberLoss()]
    layers += [nn.LayerNorm((2, 3), bias=False), nn.LayerNorm(3, elementwise_affine=False), nn.RMSNorm(3, 1e-6)]
    layers += [nn.GroupNorm(2, 4), nn.GroupNorm(2, 4, affine=False), nn.BatchNorm1d(3), nn.BatchNorm2d(3, bias=False)]
    return [repr(layer) for layer in [*layers, nn.BatchNorm3d(3, 1e-3, None, False, False)]]


FACTS = {
    "printing": printing,
    "norms": norms,
    "tables": tables,
    "hooks": hooks,
    "names": names,
    "containers": containers,
    "optimizers": optimizers,
    "states of schedules": states_of_schedules,
    "initial values": initial_values,
    "loaders": loaders,
}
