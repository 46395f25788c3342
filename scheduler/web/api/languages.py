"""The language in which a program is answered."""

from flask import g, request

from scheduler.adapters.languages import CUSTOMER_LANGUAGES, supported


def language() -> str:
    """What `?language=` says, else what Accept-Language prefers, else German."""
    if "api_language" not in g:
        asked = request.args.get("language") or request.accept_languages.best_match(CUSTOMER_LANGUAGES)
        g.api_language = supported(asked)
    return str(g.api_language)
