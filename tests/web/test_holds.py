"""Holds at the desk: an open form says what it holds, and colleagues see by whom."""

from tests.factories import Office
from tests.web.conftest import Reader
