"""Engines that differentiate any module with `torch.autograd.grad`."""
