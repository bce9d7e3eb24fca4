"""A real mail server in the test's own process: what came, whom it refuses, and what happens while a message comes."""

import datetime
import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.installations import free_port

USER, PASSWORD = "warehouse@mail", "correct horse battery"


@dataclass
class Mailbox:
    """What the server took (`letters`, with the address each was sent to), and how it treats whom."""

    port: int
    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    hung_up_on: set[str] = field(default_factory=set)
    was_encrypted: list[bool] = field(default_factory=list)
    logged_in: list[bool] = field(default_factory=list)
    on_address: Callable[[str], None] = lambda address: None
    on_message: Callable[[str], None] = lambda address: None

    @property
    def addresses(self) -> list[str]:
        """To whom something was sent, in order, twice where twice."""
        return [address for address, _ in self.letters]

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]):
        self.on_address(address)
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (address,) = envelope.rcpt_tos
        if address in self.hung_up_on:
            server.transport.close()
            return "421 gone"
        self.letters.append((address, message_from_bytes(envelope.original_content, policy=policy.default)))
        self.was_encrypted.append(session.ssl is not None)
        self.logged_in.append(bool(session.authenticated))
        self.on_message(address)
        return "250 OK"


@contextmanager
def running(**options: object) -> Iterator[Mailbox]:
    """Run a server on this machine; `options` are those of aiosmtpd (`require_starttls`, `tls_context` ...)."""
    mailbox = Mailbox(free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def check_password(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
    """Let in who knows the password, as aiosmtpd asks it of an authenticator."""
    is_known = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of this machine that vouches for itself, and its key; return both files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of a test")])
    now = datetime.datetime.now(datetime.UTC)
    hosts = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(at)) for at in ("127.0.0.1", "0.0.0.0"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    crt, pem = folder / "server.crt", folder / "server.key"
    crt.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return crt, pem
