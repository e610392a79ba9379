"""A torch function mode that reports each call after it returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch.overrides import TorchFunctionMode


class TorchCalls(TorchFunctionMode):
    """Calls `after` after each call of a torch function, while it is entered."""

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        return self.after(func, args, kwargs or {}, func(*args, **(kwargs or {})))

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
