"""Embedding and EmbeddingBag: tables of vectors that ids name."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

from mushin.autograd import Tensor, no_grad
from mushin.nn import functional, init
from mushin.nn.functional.embedding import MODES
from mushin.nn.module import Module
from mushin.nn.parameter import Parameter, axis_length, float_dtype
from mushin.ops.arrays import tensor_of
from mushin.ops.creation import empty
from mushin.ops.embedding import checked_padding_idx


class _Table(Module):
    """A table of vectors, and what both layers tell of it."""

    padding_idx: int | None

    def _make_table(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        sparse: bool,
        weight: Any,
        dtype: Any,
    ) -> None:
        name = type(self).__name__
        self.num_embeddings = axis_length(name, "num_embeddings", num_embeddings)
        self.embedding_dim = axis_length(name, "embedding_dim", embedding_dim)
        has_padding = padding_idx is not None
        self.padding_idx = checked_padding_idx(name, padding_idx, self.num_embeddings) if has_padding else None
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        shape = (self.num_embeddings, self.embedding_dim)
        if weight is None:
            self.weight = Parameter(empty(*shape, dtype=float_dtype(name, dtype)))
            self.reset_parameters()
            return
        given = tensor_of(weight)
        if given.shape != shape:
            raise ValueError(f"[{name}] _weight must have shape {shape}, got {given.shape}")
        float_dtype(name, given.dtype)
        self.weight = Parameter(given)

    def reset_parameters(self) -> None:
        """Draws the initial values anew; the row of padding_idx is zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0.0

    @classmethod
    def _of_table(cls, embeddings: Any, freeze: bool, **options: Any) -> Any:
        """A layer around a table that is there."""
        table = tensor_of(embeddings)
        if table.ndim != 2:
            raise ValueError(f"[{cls.__name__}] embeddings must have two axes, got shape {table.shape}")
        made: Any = cls
        layer = made(*table.shape, **options, _weight=table)
        layer.weight.requires_grad_(not freeze)
        return layer

    def extra_repr(self) -> str:
        usual = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "sparse": False}
        return ", ".join([f"{self.num_embeddings}, {self.embedding_dim}", *self._unusual(usual)])

    def _unusual(self, usual: dict[str, Any]) -> list[str]:
        """The options that are not as usual."""
        return [f"{name}={getattr(self, name)!r}" for name, value in usual.items() if getattr(self, name) != value]


class Embedding(_Table):
    """y = weight[input]: the vector of each id.

    Args:
        num_embeddings: how many ids there are.
        embedding_dim: the vectors' width.
        padding_idx: an id whose vector starts at zero and gets no gradient; below 0 it counts from the end.
        max_norm, norm_type, scale_grad_by_freq: as functional.embedding's.
        sparse: accepted, without effect; see functional.embedding.
        dtype: of the vectors: float32 (None) or float64.

    Shapes: input (...) ids in [0, num_embeddings) of any integer dtype, y (..., embedding_dim), weight
    (num_embeddings, embedding_dim), which starts normal with mean 0 and deviation 1.

    Raises:
        ValueError: a negative length, a padding_idx out of range.
        TypeError: a length that is no integer, another dtype; at the call, ids that are no integers.
        IndexError: at the call, an id out of range.

    Source: torch.nn.Embedding.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._make_table(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight, dtype
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """A layer with a table (num_embeddings, embedding_dim), whose memory it shares; trained unless `freeze`.

        Source: torch.nn.Embedding.from_pretrained.
        """
        layer: Embedding = cls._of_table(
            embeddings,
            freeze,
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
        )
        return layer

    def forward(self, input: Any) -> Tensor:
        return functional.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )


class EmbeddingBag(_Table):
    """The sum, mean or largest elements of the vectors of a bag of ids.

    Args:
        num_embeddings, embedding_dim, max_norm, norm_type, scale_grad_by_freq, sparse, padding_idx, dtype: as
            Embedding's.
        mode: "sum", "mean" or "max".
        include_last_offset: the last of the offsets is where the last bag ends.

    Shapes: input (bags, n), or (n,) with offsets (bags,), y (bags, embedding_dim), weight as Embedding's.

    Raises:
        ValueError, TypeError, IndexError: as Embedding and functional.embedding_bag.

    Source: torch.nn.EmbeddingBag.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if mode not in MODES:
            raise ValueError(f"[EmbeddingBag] mode must be {' or '.join(map(repr, MODES))}, got {mode!r}")
        self.mode = mode
        self.include_last_offset = include_last_offset
        self._make_table(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight, dtype
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """A layer with a table (num_embeddings, embedding_dim), whose memory it shares; trained unless `freeze`.

        Source: torch.nn.EmbeddingBag.from_pretrained.
        """
        layer: EmbeddingBag = cls._of_table(
            embeddings,
            freeze,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            mode=mode,
            sparse=sparse,
            include_last_offset=include_last_offset,
            padding_idx=padding_idx,
        )
        return layer

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        return functional.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        usual = {"max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "mode": None, "padding_idx": None}
        return ", ".join([f"{self.num_embeddings}, {self.embedding_dim}", *self._unusual(usual)])
