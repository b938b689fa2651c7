"""What code written for PyTorch looks for in torch.nn.utils: clipping of gradients."""

from mushin.ops.clip_gradients import clip_grad_norm_, clip_grad_value_

__all__ = ["clip_grad_norm_", "clip_grad_value_"]
