"""The form for signing in."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField


class SignInForm(FlaskForm):
    """Login and password; `next` is where the reader wanted to go."""

    class Meta:
        csrf = False  # the blueprint has checked the token before

    login = StringField()
    password = PasswordField()
    next = HiddenField()

    def credentials(self) -> tuple[str, str]:
        """The login as typed, and the password."""
        return (self.login.data or "").strip(), self.password.data or ""

    def target(self) -> str:
        return own_address(str(self.next.data or ""))


def own_address(wanted: str) -> str:
    """Where to go on: an address of this office, never of another host."""
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_own and "\\" not in wanted else "/"
