"""A torch function mode that sees each call, or makes another in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch.overrides import TorchFunctionMode


class TorchCalls(TorchFunctionMode):
    """Hands each call of a torch function to `call`, while it is entered.

    A subclass overrides `after`, to see calls that have returned, or `call`, to make others.
    """

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        return self.call(func, args, kwargs or {})

    def call(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call the function; what it returns goes to `after`. Arguments as there."""
        return self.after(func, args, kwargs, func(*args, **kwargs))

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """A function was called.

        Args:
            func: The function.
            args: Its positional arguments.
            kwargs: Its keyword arguments.
            output: What it returned.

        Returns:
            What its caller gets.
        """
        raise NotImplementedError
