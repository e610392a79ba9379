"""The bytes of a message as text: for JSON, and for hosts that lose bytes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any


def as_text(message: Any) -> Any:
    """A message with its bytes as {"b64": base64}."""
    if isinstance(message, bytes):
        return {"b64": base64.b64encode(message).decode()}
    if isinstance(message, Mapping):
        return {key: as_text(item) for key, item in message.items()}
    if isinstance(message, (list, tuple)):
        return [as_text(item) for item in message]
    return message


def as_bytes(message: Any) -> Any:
    """A message with bytes in place of {"b64": base64}, the inverse of `as_text`.

    Raises a ValueError if something is not base64.
    """
    if isinstance(message, Mapping):
        if message.keys() == {"b64"}:
            return base64.b64decode(message["b64"], validate=True)
        return {key: as_bytes(item) for key, item in message.items()}
    return [as_bytes(item) for item in message] if isinstance(message, list) else message
