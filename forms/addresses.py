"""Where a form leads afterwards."""


def own_address(wanted: str) -> str:
    """Where to go on: an address of this office, never of another host."""
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_own and "\\" not in wanted else "/"
