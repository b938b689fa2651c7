"""Shapes, parts, indexing, einsum. `ids` are below the length of x's second axis, or of its only one."""

VIEWS = {
    "expand": ("x.expand(4, -1, 5)", "x=3,1"),
    "expand_as": ("x.expand_as(w) * w", "x=3,1 w=2,3,4"),
    "broadcast_to": ("torch.broadcast_to(x, (2, 3, 4))", "x=3,1"),
    "squeeze": ("torch.squeeze(x)", "x=1,3,1"),
    "squeeze of an axis": ("x.squeeze(0)", "x=1,3,1"),
    "squeeze of axes": ("x.squeeze((0, 1))", "x=1,3,1"),
    "unsqueeze": ("torch.unsqueeze(x, -1)", "x=3,4"),
    "unflatten": ("x.unflatten(1, (2, -1))", "x=3,6"),
    "ravel": ("torch.ravel(x)", "x=3,6"),
    "movedim": ("torch.movedim(x, (0, 2), (1, 0))", "x=2,3,4"),
    "moveaxis": ("torch.moveaxis(x, 0, -1)", "x=2,3,4"),
    "swapaxes": ("torch.swapaxes(x, 0, 2)", "x=2,3,4"),
    "swapdims": ("torch.swapdims(x, 0, 1)", "x=2,3,4"),
    "narrow": ("torch.narrow(x, 1, 2, 3)", "x=2,6"),
    "narrow from the end": ("x.narrow(1, -2, 1)", "x=2,6"),
    "select": ("torch.select(x, 1, -1)", "x=2,6"),
    "diagonal": ("torch.diagonal(x, 1, 0, 2)", "x=3,2,4"),
    "diagonal below": ("x.diagonal(offset=-1)", "x=3,2,4"),
    **{
        f"{name}, piece {i}": (f"{expression}[{i}]", "x=5,7")
        for name, expression in {
            "split": "torch.split(x, 2)",
            "split of sizes": "x.split([3, 0, 4], dim=1)",
            "chunk": "torch.chunk(x, 3, dim=1)",
            "tensor_split": "torch.tensor_split(x, 4, dim=1)",
            "tensor_split at places": "x.tensor_split((2, -1), dim=1)",
            "unbind": "torch.unbind(x, 1)",
        }.items()
        for i in (0, 2)
    },
    "cat": ("torch.cat((x, w, x), dim=1)", "x=3,4 w=3,2"),
    "concat": ("torch.concat([x, w])", "x=3,4 w=2,4"),
    "concatenate": ("torch.concatenate([x, w], -1)", "x=3,4 w=3,1"),
    "stack": ("torch.stack((x, w), dim=-1)", "x=3,4 w=3,4"),
    "hstack": ("torch.hstack((x, w))", "x=3,4 w=3,2"),
    "vstack": ("torch.vstack((x, w))", "x=4 w=3,4"),
    "flip": ("torch.flip(x, (0, 2))", "x=2,3,4"),
    "roll": ("torch.roll(x, (1, -5), (0, 2))", "x=2,3,4"),
    "roll of all": ("x.roll(5)", "x=2,3,4"),
    "repeat": ("x.repeat(2, 1, 3)", "x=2,3"),
    "tile": ("torch.tile(x, (2,))", "x=2,3"),
    "repeat_interleave": ("torch.repeat_interleave(x, 2, dim=0)", "x=2,3"),
    "repeat_interleave of all": ("x.repeat_interleave(3)", "x=2,3"),
    "repeat_interleave by ids": ("x.repeat_interleave(t, 1)", "x=2,3 t=ids:3"),
    "triu": ("torch.triu(x, 1)", "x=2,4,5"),
    "tril": ("torch.tril(x, diagonal=-1)", "x=2,4,5"),
    **{
        f"pad, {mode}, {pad}": (f"nn.functional.pad(x, {pad}, mode='{mode}')", "x=2,3,4")
        for mode in ("constant", "reflect", "replicate", "circular")
        for pad in ((1, 2), (2, -1), (0, 3))
    },
    "pad with a value": ("nn.functional.pad(input=x, pad=(1, 0, -1, 2), value=1.5)", "x=2,3,4"),
}

INDEXING = {
    "ids": ("x[:, t]", "x=3,5 t=ids:4"),
    "ids of two axes": ("x[t, t]", "x=5,5,2 t=ids:4"),
    "ids that are apart": ("x[t, :, t]", "x=4,4,4 t=ids:2,3"),
    "ids and an integer": ("x[0, :, t]", "x=2,4,5 t=ids:3"),
    "ids and None": ("x[None, t, ..., 1:]", "x=4,4,5 t=ids:2,1"),
    "a list": ("x[[2, -1, 2]]", "x=4,3"),
    "a mask": ("x[t.bool()]", "x=5,4 t=ids:5"),
    "index_select": ("torch.index_select(x, 1, t)", "x=3,5 t=ids:7"),
    "index_add": ("torch.index_add(x, 1, t, w, alpha=0.5)", "x=3,5 t=ids:7 w=3,7"),
    "gather": ("torch.gather(x, 1, t)", "x=3,5 t=ids:2,7"),
    "take_along_dim": ("torch.take_along_dim(x, t, dim=1)", "x=3,5 t=ids:1,4"),
    "scatter": ("torch.scatter(x, 1, t, w)", "x=3,5 t=ids:3,1 w=3,1"),
    "scatter of a number": ("x.scatter(1, t, 2.5)", "x=3,5 t=ids:2,4"),
    "scatter_add": ("torch.scatter_add(x, 1, t, w)", "x=3,5 t=ids:3,6 w=3,6"),
    "where": ("torch.where(t.bool(), x, w)", "x=3,4 t=ids:3,1 w=4"),
    "masked_fill": ("torch.masked_fill(x, t.bool(), -2.0)", "x=3,4 t=ids:4"),
    "masked_select": ("torch.masked_select(x, t.bool())", "x=3,4 t=ids:4"),
}

EINSUM = {
    **{
        f"einsum {equation}": (f"torch.einsum('{equation}', x, w)", inputs)
        for equation, inputs in {
            "ij,jk": "x=3,4 w=4,5",
            "ij,jk->ki": "x=3,4 w=4,5",
            "bij,bjk->bik": "x=2,3,4 w=2,4,5",
            "bqhd,bkhd->bhqk": "x=2,3,2,4 w=2,5,2,4",
            "...ij,...jk": "x=2,3,4 w=4,5",
            "i...,i...->...": "x=3,2 w=3,2",
            "ij,ij->j": "x=1,4 w=3,4",
            "ii,ij": "x=3,3 w=3,2",
            "i,j->": "x=3 w=4",
            "aB,cb->": "x=3,2 w=4,5",
        }.items()
    },
    "einsum of three": ("torch.einsum('ij,jk,kl->il', x, w, b)", "x=3,4 w=4,5 b=5,2"),
    "einsum of one": ("torch.einsum('iji->ij', x)", "x=3,4,3"),
    "tensordot": ("torch.tensordot(x, w, dims=2)", "x=2,3,4 w=3,4,5"),
    "tensordot of axes": ("torch.tensordot(x, w, dims=([2, 0], [0, 1]))", "x=2,3,4 w=4,2,5"),
    "mm": ("torch.mm(x, w)", "x=3,4 w=4,5"),
    "bmm": ("torch.bmm(x, w)", "x=2,3,4 w=2,4,5"),
    "mv": ("torch.mv(x, w)", "x=3,4 w=4"),
    "dot": ("torch.dot(x, w)", "x=4 w=4"),
    "inner": ("torch.inner(x, w)", "x=2,3,4 w=5,4"),
    "outer": ("torch.outer(x, w)", "x=3 w=4"),
    "addmm": ("torch.addmm(b, x, w, beta=0.5, alpha=2)", "x=3,4 w=4,5 b=5"),
    "baddbmm": ("torch.baddbmm(b, x, w)", "x=2,3,4 w=2,4,5 b=2,1,5"),
}

MADE = {
    "eye": ("x * torch.eye(3, 4)", "x=3,4"),
    "linspace": ("x * torch.linspace(-1, 2, 7)", "x=7"),
    "full_like": ("x * torch.full_like(x, 2.5)", "x=7"),
    "tril_indices": ("x * torch.tril_indices(3, 4, 1)", "x=2,9"),
    "triu_indices": ("x * torch.triu_indices(3, 4, -1)", "x=2,11"),
    "meshgrid": ("torch.einsum('ij,ij->ij', *torch.meshgrid(x, w, indexing='ij'))", "x=3 w=4"),
    "meshgrid, xy": ("torch.einsum('ij,ij->ij', *torch.meshgrid(x, w, indexing='xy'))", "x=3 w=4"),
}

SHAPES = {**VIEWS, **INDEXING, **EINSUM, **MADE}
