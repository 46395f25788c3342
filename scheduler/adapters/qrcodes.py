"""QR codes of references, as drawings that stand in a page: scanners at reception type what they read."""

from functools import lru_cache

import segno

_BORDER = 4  # modules of white, as the standard has it


@lru_cache(maxsize=500)
def drawing(reference: str, *, size: int = 4) -> str:
    """An SVG element of the reference alone; `size` is that of one module in pixels."""
    code = segno.make(reference, error="h", micro=False)
    return str(
        code.svg_inline(scale=size, border=_BORDER, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    )
