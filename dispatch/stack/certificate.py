"""A self-made certificate, so that a phone on the same network may use the camera, push and a service worker.

Browsers allow these only over HTTPS. The phone warns once, because nobody vouches for the certificate.
"""
import ipaddress
import os
import socket
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dispatch.core import clock

VALID_DAYS = 365
"""Phones refuse certificates of more than 825 days, newer ones of more than 398."""

RENEW_DAYS = 30


def ensure_certificate(folder: Path, addresses: list[str]) -> tuple[Path, Path]:
    """Certificate and key for the loopback, this machine's name and `addresses`; made anew when outdated."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not (key.exists() and certificate.exists() and _covers(certificate.read_bytes(), addresses)):
        folder.mkdir(parents=True, exist_ok=True)
        certificate_pem, key_pem = make_certificate(addresses)
        _write_secret(key, key_pem)
        certificate.write_bytes(certificate_pem)
    return certificate, key


def make_certificate(addresses: list[str]) -> tuple[bytes, bytes]:
    """A fresh certificate and its key, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Paceline on this machine")])
    now = clock.real_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(_alternative_names(addresses)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256()))
    return (certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption()))


def lan_addresses() -> list[str]:
    """This machine's addresses on its networks, the one towards the outside first; asks nobody."""
    found: list[str] = []
    for family, outside in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((outside, 9))     # chooses a route; a datagram socket sends nothing yet
                found.append(probe.getsockname()[0])
            except OSError:
                continue
    try:
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None)]
    except OSError:
        pass                                    # a machine whose own name does not resolve
    usable = [address for address in found if "%" not in address and not _is_local(address)]
    return list(dict.fromkeys(usable))


def _is_local(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback or parsed.is_link_local


def _alternative_names(addresses: list[str]) -> list[x509.GeneralName]:
    host = socket.gethostname()
    names = dict.fromkeys(["localhost", host, f"{host.partition('.')[0]}.local"])
    numbers = dict.fromkeys(["127.0.0.1", "::1", *addresses])
    return [*(x509.DNSName(name) for name in names if name.isascii()),
            *(x509.IPAddress(ipaddress.ip_address(number)) for number in numbers)]


def _covers(pem: bytes, addresses: list[str]) -> bool:
    """Whether a stored certificate names all addresses and will do for some weeks yet."""
    certificate = x509.load_pem_x509_certificate(pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    fresh_until = certificate.not_valid_after_utc - timedelta(days=RENEW_DAYS)
    return set(addresses) <= covered and clock.real_now() < fresh_until


def _write_secret(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
