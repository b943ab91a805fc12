"""Numbers and names as JSON that an HTML page may hold: short, whole, and without a surprise."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

__all__ = ["DECIMALS", "DIGITS", "rounded", "script_json"]

DIGITS = 10  # significant ones kept of what is shown with seven
DECIMALS = 9  # of weights; what is smaller is rounding


def rounded(value: Any, digits: int = DIGITS) -> Any:
    """Lists of numbers with so many significant digits; what is not finite is None.

    >>> rounded(np.array([[1 / 3, np.nan]]), 4)
    [[0.3333, None]]
    """
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [rounded(each, digits) for each in value]
    if isinstance(value, (float, np.floating)):
        number = float(f"{float(value):.{digits}g}")
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if isinstance(value, np.generic):
        return value.item()
    return value


def script_json(data: Any) -> str:
    """JSON inside a script element: no text in it can end the element.

    >>> script_json({"a": "</script>"})
    '{"a":"<\\\\/script>"}'
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")
