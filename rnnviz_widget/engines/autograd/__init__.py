"""Engines for any module, by `torch.autograd.grad`."""
