"""The forms for signing in, for accounts, and for the own password and second factor."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField

from forms.addresses import own_address
from forms.bookings import DeskForm
from scheduler.domain.errors import Fault, Invalid, invalid

_LONGEST_CODE = 40


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


class AccountForm(DeskForm):
    """Somebody of the staff."""

    login = StringField()
    role = StringField()

    def wanted_login(self) -> str:
        return (self.login.data or "").strip().lower()


class PasswordForm(DeskForm):
    """The own password: the current one, and the new one twice."""

    current = PasswordField()
    password = PasswordField()
    again = PasswordField()

    def checked(self) -> tuple[str, str]:
        """The current password and the new one. Raises Invalid for the old one, or one not repeated."""
        current, password = self.current.data or "", self.password.data or ""
        faults: dict[str, Fault] = {}
        if password != (self.again.data or ""):
            faults["again"] = Fault("not_the_same")
        if password and password == current:
            faults["password"] = Fault("unchanged")
        if faults:
            raise Invalid(fields=faults)
        return current, password


class FactorForm(DeskForm):
    """A code of the second factor; `secret` is that of one to be set up, sealed."""

    code = StringField()
    secret = HiddenField()

    def typed(self) -> str:
        """The code, at most as long as one from paper with blanks. Raises Invalid where there is none."""
        code = (self.code.data or "").strip()
        if not code:
            raise invalid("code", "missing")
        return code[:_LONGEST_CODE]

    def sealed(self) -> str:
        return self.secret.data or ""
