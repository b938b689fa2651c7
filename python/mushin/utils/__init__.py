"""Where PyTorch's users look for data loading: `mushin.utils.data` is what torch.utils.data is."""

from mushin.utils import data

__all__ = ["data"]
