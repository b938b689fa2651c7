"""What PyTorch has in torch.nn.utils, clipping of gradients; and weights packed for inference."""

from mushin.nn.packing import packed_weights
from mushin.ops.clip_gradients import clip_grad_norm_, clip_grad_value_

__all__ = ["clip_grad_norm_", "clip_grad_value_", "packed_weights"]
