"""Mail leaves by real conversations with mail servers, or into a folder."""

import re
import stat
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from scheduler.adapters.letters import render
from scheduler.adapters.mail import MailRefused, describe, mailbox_from_url
from tests.adapters.notices import MESSAGE_ID, NOW, PRODUCT, notice
from tests.itip import faults_of_invitation
from tests.mailservers import PASSWORD, USER, Authority, Postmaster, mail_server, silent_server

SENDER = "termine@example.org"
ERIKA = "erika@example.com"
MESSAGE = render(notice(), message_id=MESSAGE_ID, now=NOW, product=PRODUCT)
SIGN_IN = f"{USER}:{quote(PASSWORD, safe='')}"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.in_folder(tmp_path)


def send(url: str, message: bytes = MESSAGE, *, recipient: str = ERIKA, timeout: float = 10) -> None:
    with mailbox_from_url(url, timeout=timeout) as mailer:
        mailer.send(message, sender=SENDER, recipient=recipient)


def refusal(url: str, *, recipient: str = ERIKA, timeout: float = 10) -> MailRefused:
    with pytest.raises(MailRefused) as refused:
        send(url, recipient=recipient, timeout=timeout)
    return refused.value


# ------------------------------------------------------------------------------------------ mail servers


def test_a_mail_arrives_byte_for_byte() -> None:
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        send(f"smtp://127.0.0.1:{port}?tls=none")
    (envelope,) = postmaster.received
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [ERIKA])
    assert envelope.original_content == MESSAGE
    assert faults_of_invitation(envelope.original_content or b"") == []


def test_this_machine_needs_no_encryption() -> None:
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        send(f"smtp://localhost:{port}")
    assert postmaster.messages == [MESSAGE]


def test_a_line_that_begins_with_a_dot_arrives_whole() -> None:
    postmaster = Postmaster()
    message = b"From: a@example.org\r\n\r\n.\r\n..two\r\n"
    with mail_server(postmaster) as port:
        send(f"smtp://127.0.0.1:{port}", message)
    assert postmaster.messages == [message]


def test_one_connection_serves_the_whole_batch() -> None:
    postmaster = Postmaster()
    with mail_server(postmaster) as port, mailbox_from_url(f"smtp://127.0.0.1:{port}") as mailer:
        for number in range(5):
            mailer.send(MESSAGE, sender=SENDER, recipient=f"person{number}@example.com")
    assert len(postmaster.received) == 5
    assert len(postmaster.sessions) == 1


def test_starttls_with_a_verified_certificate_and_a_sign_in(authority: Authority) -> None:
    postmaster = Postmaster()
    with mail_server(postmaster, starttls=authority.context(), sign_in=True) as port:
        send(f"smtp://{SIGN_IN}@localhost:{port}?tls=starttls&ca={authority.pem}")
    assert postmaster.messages == [MESSAGE]
    assert postmaster.sessions[-1].ssl is not None
    assert postmaster.sessions[-1].authenticated


def test_smtps_with_a_verified_certificate_and_a_sign_in(authority: Authority) -> None:
    postmaster = Postmaster()
    with mail_server(postmaster, tls=authority.context(), sign_in=True) as port:
        send(f"smtps://{SIGN_IN}@127.0.0.1:{port}?ca={authority.pem}")
    assert postmaster.messages == [MESSAGE]
    assert postmaster.sessions[-1].authenticated


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_of_another_authority_is_refused(
    authority: Authority, tmp_path: Path, scheme: str
) -> None:
    postmaster = Postmaster()
    other = Authority.in_folder(tmp_path, "other.pem")
    from_the_start = scheme == "smtps"
    query = f"ca={other.pem}" if from_the_start else f"tls=starttls&ca={other.pem}"
    with mail_server(
        postmaster,
        tls=authority.context() if from_the_start else None,
        starttls=None if from_the_start else authority.context(),
    ) as port:
        refused = refusal(f"{scheme}://localhost:{port}?{query}")
    assert not refused.permanent
    assert "certificate" in refused.reason
    assert postmaster.received == []


def test_the_system_does_not_trust_an_unknown_authority(authority: Authority) -> None:
    postmaster = Postmaster()
    with mail_server(postmaster, starttls=authority.context()) as port:
        assert "certificate" in refusal(f"smtp://localhost:{port}?tls=starttls").reason
    assert postmaster.received == []


def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    postmaster = Postmaster()
    with mail_server(postmaster, tls=authority.context("mail.example.org")) as port:
        assert "certificate" in refusal(f"smtps://localhost:{port}?ca={authority.pem}").reason
    assert postmaster.received == []


def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        refused = refusal(f"smtp://localhost:{port}?tls=starttls")
    assert not refused.permanent
    assert "STARTTLS" in refused.reason
    assert postmaster.received == []


def test_smtps_to_a_server_that_speaks_plainly_is_refused() -> None:
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        assert not refusal(f"smtps://localhost:{port}", timeout=2).permanent
    assert postmaster.received == []


def test_a_wrong_password_waits_for_the_office_to_correct_it(authority: Authority) -> None:
    postmaster = Postmaster()
    with mail_server(postmaster, starttls=authority.context(), sign_in=True) as port:
        refused = refusal(f"smtp://{USER}:falsch@localhost:{port}?tls=starttls&ca={authority.pem}")
    assert not refused.permanent
    assert refused.reason.startswith("535")
    assert "falsch" not in refused.reason


def test_a_missing_sign_in_is_not_held_against_the_recipient(authority: Authority) -> None:
    with mail_server(Postmaster(), starttls=authority.context(), sign_in=True) as port:
        refused = refusal(f"smtp://localhost:{port}?tls=starttls&ca={authority.pem}")
    assert not refused.permanent
    assert refused.reason.startswith("530")


@pytest.mark.parametrize("answer, permanent", [
    ("550 5.1.1 <erika@example.com>: no such mailbox", True),
    ("554 5.7.1 refused", True),
    ("530 5.7.0 Authentication required", False),
    ("450 4.2.1 try later", False),
    ("421 4.3.2 closing", False),
])  # fmt: skip
@pytest.mark.parametrize("stage", ["recipient", "message"])
def test_refusals_are_permanent_where_trying_again_cannot_help(
    stage: str, answer: str, permanent: bool
) -> None:
    postmaster = Postmaster({stage: [answer]})
    with mail_server(postmaster) as port:
        refused = refusal(f"smtp://127.0.0.1:{port}")
    assert refused.permanent is permanent
    assert refused.reason.startswith(answer[:3])
    assert ERIKA not in refused.reason


@pytest.mark.parametrize(
    "answer, permanent", [("553 5.7.1 not your address", False), ("552 5.3.4 too big", True)]
)
def test_a_refused_sender_is_the_offices_matter_unless_the_mail_is_too_large(
    answer: str, permanent: bool
) -> None:
    with mail_server(Postmaster({"sender": [answer]})) as port:
        assert refusal(f"smtp://127.0.0.1:{port}").permanent is permanent


@pytest.mark.parametrize("stage, answer", [
    ("recipient", "550 no"), ("message", "554 no"), ("recipient", "450 later"), ("message", "421 bye"),
    ("sender", "451 later"), ("recipient", "421 bye"),
])  # fmt: skip
def test_after_a_refusal_the_next_mail_of_the_batch_goes_out(stage: str, answer: str) -> None:
    postmaster = Postmaster({stage: [answer]})
    with mail_server(postmaster) as port, mailbox_from_url(f"smtp://127.0.0.1:{port}") as mailer:
        with pytest.raises(MailRefused):
            mailer.send(MESSAGE, sender=SENDER, recipient="gone@example.com")
        mailer.send(MESSAGE, sender=SENDER, recipient=ERIKA)
    assert [envelope.rcpt_tos for envelope in postmaster.received] == [[ERIKA]]


def test_a_server_that_hangs_up_after_the_mail_is_tried_again_on_a_new_connection() -> None:
    postmaster = Postmaster(hangs_up_after_data=True)
    with mail_server(postmaster) as port, mailbox_from_url(f"smtp://127.0.0.1:{port}") as mailer:
        with pytest.raises(MailRefused) as refused:
            mailer.send(MESSAGE, sender=SENDER, recipient=ERIKA)
        assert not refused.value.permanent
        postmaster.hangs_up_after_data = False
        mailer.send(MESSAGE, sender=SENDER, recipient=ERIKA)
    assert postmaster.messages == [MESSAGE]
    assert len(postmaster.sessions) == 2


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_never_answers_costs_no_more_than_the_time_allowed(scheme: str) -> None:
    with silent_server() as port:
        begun = time.monotonic()
        refused = refusal(f"{scheme}://127.0.0.1:{port}", timeout=0.5)
        assert time.monotonic() - begun < 3
    assert not refused.permanent
    assert "in time" in refused.reason


def test_nobody_listening_is_a_temporary_matter() -> None:
    with silent_server() as port:
        pass
    refused = refusal(f"smtp://127.0.0.1:{port}")
    assert not refused.permanent
    assert "connection" in refused.reason.lower()


def test_an_unknown_host_is_a_temporary_matter() -> None:
    assert not refusal("smtp://mail.invalid:25?tls=starttls").permanent


@pytest.mark.parametrize(
    "address", ["jürgen@example.com", "erika@bücher.example", "a@b.de\r\nRCPT TO:<eve@b.de>", "erika"]
)
@pytest.mark.parametrize("way", ["server", "folder"])
def test_an_address_that_mail_servers_do_not_take_is_refused_for_good(
    tmp_path: Path, way: str, address: str
) -> None:
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        url = f"smtp://127.0.0.1:{port}" if way == "server" else f"maildir:{tmp_path}"
        assert refusal(url, recipient=address).permanent
    assert postmaster.received == []
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------------- the folder


def test_a_folder_takes_each_mail_as_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "mails"
    send(f"maildir:{folder}")
    send(f"maildir:{folder}", MESSAGE.replace(b"3f0d2c52", b"4f0d2c52"))
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [
        "20200528T103000Z-3f0d2c52-6b8a-4a9e-9a55-2f7a52f1c001@amt.example.eml",
        "20200528T103000Z-4f0d2c52-6b8a-4a9e-9a55-2f7a52f1c001@amt.example.eml",
    ]
    assert files[0].read_bytes() == MESSAGE
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_the_same_message_twice_is_one_file(tmp_path: Path) -> None:
    send(f"maildir:{tmp_path}")
    send(f"maildir:{tmp_path}")
    assert len(list(tmp_path.iterdir())) == 1


def test_files_sort_by_the_mails_date(tmp_path: Path) -> None:
    for hour, identity in ((11, "b"), (9, "c"), (10, "a")):
        message = render(notice(), message_id=f"{identity}@x", now=NOW.replace(hour=hour), product=PRODUCT)
        send(f"maildir:{tmp_path}", message)
    assert [file.name[-7:-4] for file in sorted(tmp_path.iterdir())] == ["c@x", "a@x", "b@x"]


@pytest.mark.parametrize("identity", ["../../evil@x", "a/b@x", "ä ö@x", "." * 30, "x" * 400 + "@x"])
def test_no_message_id_leads_out_of_the_folder(tmp_path: Path, identity: str) -> None:
    folder = tmp_path / "mails"
    message = MESSAGE.replace(MESSAGE_ID.encode(), f"<{identity}>".encode())
    send(f"maildir:{folder}", message)
    (file,) = folder.iterdir()
    assert re.fullmatch(r"20200528T103000Z-[A-Za-z0-9@._-]{1,150}\.eml", file.name)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_cannot_be_written_is_a_temporary_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused = refusal(f"maildir:{tmp_path / 'file' / 'mails'}")
    assert not refused.permanent
    assert "folder" in refused.reason


def test_a_mail_that_could_not_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    name = "20200528T103000Z-3f0d2c52-6b8a-4a9e-9a55-2f7a52f1c001@amt.example.eml"
    (tmp_path / name).mkdir()
    assert not refusal(f"maildir:{tmp_path}").permanent
    assert [file.name for file in tmp_path.iterdir()] == [name]


# ------------------------------------------------------------------------------------------------- the URL


@pytest.mark.parametrize("url, wrong", [
    ("", "must begin with"),
    ("mail.example.org", "must begin with"),
    ("http://mail.example.org", "must begin with"),
    ("maildir:", "names no folder"),
    ("maildir:a\0b", "NUL"),
    ("smtp://", "form"),
    ("smtp://:25", "form"),
    ("smtp://mail.example.org/box", "form"),
    ("smtp://mail.example.org#x", "form"),
    ("smtp://mail.example.org:99999", "port"),
    ("smtp://mail.example.org:mail", "port"),
    ("smtp://user:ge/heim@mail.example.org", "port"),
    ("smtp://user:ge#heim@mail.example.org", "port"),
    ("smtp://[::1", "port"),
    ("smtp://:geheim@mail.example.org", "without a user"),
    ("smtp://theke@mail.example.org", "without a password"),
    ("smtp://theke:geh%C3%A4im@mail.example.org", "ASCII"),
    ("smtp://mail.example.org?tls=none", "only encrypted"),
    ("smtp://10.0.0.1?tls=none", "only encrypted"),
    ("smtp://localhost.example.org?tls=none", "only encrypted"),
    ("smtp://mail.example.org?tls=ssl", "starttls or none"),
    ("smtp://mail.example.org?tls=", "starttls or none"),
    ("smtps://mail.example.org?tls=none", "takes no tls"),
    ("smtp://mail.example.org?verify=no", "nothing else"),
    ("smtp://mail.example.org?tls=starttls&tls=none", "each once"),
    ("smtp://mail.example.org?ca=/nowhere/ca.pem", "ca="),
])  # fmt: skip
def test_a_wrong_url_is_refused_with_one_sentence(url: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(wrong)) as refused:
        mailbox_from_url(url)
    assert "heim" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert describe(url) == "a mail URL that cannot be read"


def test_an_authority_must_be_certificates(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ValueError, match="PEM"):
        mailbox_from_url(f"smtps://mail.example.org?ca={tmp_path / 'ca.pem'}")


@pytest.mark.parametrize("url, described", [
    ("maildir:var/mails", "maildir:var/mails"),
    ("maildir:///srv/mails", "maildir:/srv/mails"),
    ("smtp://theke:geheim@mail.example.org", "smtp://theke@mail.example.org:587?tls=starttls"),
    ("smtp://mail.example.org:2525?tls=starttls", "smtp://mail.example.org:2525?tls=starttls"),
    ("smtps://theke:geheim@mail.example.org", "smtps://theke@mail.example.org:465"),
    ("smtp://localhost", "smtp://localhost:25?tls=none"),
    ("smtp://[::1]:2525", "smtp://[::1]:2525?tls=none"),
    ("smtp://127.0.0.1:2525?tls=starttls", "smtp://127.0.0.1:2525?tls=starttls"),
])  # fmt: skip
def test_a_url_is_described_without_its_password(url: str, described: str) -> None:
    assert describe(url) == described
    assert "geheim" not in repr(mailbox_from_url(url))
