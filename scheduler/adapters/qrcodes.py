"""QR codes as drawings that stand in a page: of references, which scanners type, and of second factors."""

from functools import lru_cache

import segno

_BORDER = 4  # modules of white, as the standard has it


@lru_cache(maxsize=500)
def drawing(reference: str, *, size: int = 4) -> str:
    """An SVG element of the reference alone; `size` is that of one module in pixels."""
    return _drawn(segno.make(reference, error="h", micro=False), size)


def fleeting_drawing(secret: str, *, size: int = 4) -> str:
    """The same of what nobody shall find in memory afterwards."""
    return _drawn(segno.make(secret, error="m", micro=False), size)


def _drawn(code: segno.QRCode, size: int) -> str:
    return str(
        code.svg_inline(scale=size, border=_BORDER, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    )
