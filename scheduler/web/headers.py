"""What every answer tells the browser about safety: which content may run, and who may see it."""

import secrets
from typing import cast

from flask import Flask, Response, g

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Pages show people's data: neither a proxy nor the back button after sign-out may keep them.
    "Cache-Control": "no-store",
}
_TWO_YEARS_S = 2 * 365 * 24 * 3600


def guard(app: Flask, *, https: bool) -> None:
    app.jinja_env.globals["csp_nonce"] = nonce
    always = list(_ALWAYS.items())
    if https:
        always.append(("Strict-Transport-Security", f"max-age={_TWO_YEARS_S}; includeSubDomains"))

    def set_headers(response: Response) -> Response:
        told = {name.lower() for name, _ in response.headers}
        response.headers.extend((name, value) for name, value in always if name.lower() not in told)
        if "content-security-policy" not in told:
            response.headers.add("Content-Security-Policy", _policy())
        return response

    app.after_request(set_headers)


def nonce() -> str:
    """What marks this answer's own scripts as ours."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return cast(str, g.csp_nonce)


def _policy() -> str:
    # The design system draws its icons as data: images in its style sheet.
    return (
        f"default-src 'none'; script-src 'nonce-{nonce()}'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
