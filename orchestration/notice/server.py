"""The mail server: a connection to it that is encrypted or local, and one message handed over on it."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress

from orchestration.errors import WarehouseError
from orchestration.settings import Mail

_SECONDS = 30
_LONGEST_REPLY = 200


class ServerError(WarehouseError):
    """The mail server cannot be reached, or does not let us in."""


class RefusedError(WarehouseError):
    """The mail server refused a message: it was certainly not sent."""


class GoneError(WarehouseError):
    """The mail server went away before it was given a message: it was certainly not sent."""


class DoubtError(WarehouseError):
    """The mail server went away while it was given a message: nobody here can know whether it was sent."""


class Line:
    """A line to the mail server: opened with the first message, and anew when the server hung up."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._server: smtplib.SMTP | None = None

    def close(self) -> None:
        """Say goodbye, where anything was said at all."""
        if self._server is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
        self._hang_up()

    def deliver(self, address: str, message: bytes, on_hand_over: Callable[[], None]) -> None:
        """Send a message to one address; `on_hand_over` is called when only the message itself is left to be said.

        Raises `ServerError` where no server answers, `RefusedError` or `GoneError` where the message was certainly not
        sent, `DoubtError` where nobody can know.
        """
        try:
            self._name(address)
        except (smtplib.SMTPException, OSError):
            # It may have waited too long for us, or have hung up on the address before.
            self._hang_up()
            try:
                self._name(address)
            except (smtplib.SMTPException, OSError) as error:
                self._hang_up()
                raise GoneError(f"not sent, the mail server hung up twice ({_one_line(str(error))}).") from None
        on_hand_over()
        try:
            _check(*self._opened().data(message))
        except smtplib.SMTPDataError as error:
            _check(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise DoubtError(
                f"sent or not, nobody can know: the mail server went away over it ({_one_line(str(error))})."
            ) from None

    def _name(self, address: str) -> None:
        server = self._opened()
        try:
            _check(*server.mail(self._mail.sender))
            _check(*server.rcpt(address))
        except RefusedError:
            # Some hang up on whoever names an address that is none: the next message finds that out.
            with suppress(smtplib.SMTPException, OSError):
                server.rset()
            raise

    def _opened(self) -> smtplib.SMTP:
        if self._server is None:
            self._server = _connect(self._mail)
        return self._server

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None


def _connect(mail: Mail) -> smtplib.SMTP:
    """Open a connection, encrypted and logged in as the settings say. Raises `ServerError` without a password in it."""
    where = f"The mail server {mail.host}:{mail.port}"
    try:
        return _open(mail)
    except smtplib.SMTPAuthenticationError as error:
        # Its words are not repeated: they might hold what it was told.
        raise ServerError(f"{where} does not let {mail.user} in (code {error.smtp_code}).") from None
    except smtplib.SMTPNotSupportedError as error:
        wanted = "STARTTLS, without which nothing is sent" if "STARTTLS" in str(error) else "a log-in that we know"
        raise ServerError(f"{where} does not offer {wanted}: see CPW_SMTP_URL.") from None
    except ssl.SSLError as error:
        raise ServerError(
            f"{where} cannot be trusted ({_one_line(str(error))}): CPW_SMTP_CA_FILE names the certificate of an "
            "authority of your own."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise ServerError(f"{where} cannot be reached: {_one_line(str(error))}.") from None


def _open(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=str(mail.ca_file) if mail.ca_file else None)
    # How we name ourselves: the machine's own name is nobody's business, and may not be known.
    name = mail.sender.rsplit("@", 1)[-1]
    server: smtplib.SMTP
    if mail.is_tls:
        server = smtplib.SMTP_SSL(mail.host, mail.port, local_hostname=name, timeout=_SECONDS, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, local_hostname=name, timeout=_SECONDS)
    try:
        if mail.needs_starttls:
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if mail.user and mail.password:
            server.login(mail.user, mail.password)
    except BaseException:
        server.close()
        raise
    return server


def _check(code: int, reply: bytes | str) -> None:
    if code not in (250, 251):
        said = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
        raise RefusedError(f"refused ({code} {_one_line(said)}).")


def _one_line(text: str) -> str:
    """Return what a server said as one line of what can be printed: it is written into logs and the ledger."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(line.split())[:_LONGEST_REPLY] or "no reason given"
