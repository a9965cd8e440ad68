"""The self-made certificate names every address a phone may use, and is renewed in time."""
import ipaddress
import stat
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from dispatch.stack.certificate import ensure_certificate, lan_addresses, make_certificate


def test_the_certificate_names_the_lan_address() -> None:
    """A phone refuses (without a way round, in some browsers) a certificate for another address."""
    names = _names(make_certificate(["192.168.1.7"])[0])
    assert ipaddress.ip_address("192.168.1.7") in names.get_values_for_type(x509.IPAddress)
    assert ipaddress.ip_address("127.0.0.1") in names.get_values_for_type(x509.IPAddress)
    assert "localhost" in names.get_values_for_type(x509.DNSName)


def test_a_certificate_that_still_fits_is_kept(tmp_path: Path) -> None:
    """The phone asked once to trust this one; a new one each start would ask again."""
    first = ensure_certificate(tmp_path, ["192.168.1.7"])[0].read_bytes()
    assert ensure_certificate(tmp_path, ["192.168.1.7"])[0].read_bytes() == first


def test_a_new_address_brings_a_new_certificate(tmp_path: Path) -> None:
    """The laptop has moved to another network."""
    first = ensure_certificate(tmp_path, ["192.168.1.7"])[0].read_bytes()
    assert ensure_certificate(tmp_path, ["10.0.0.7"])[0].read_bytes() != first


def test_the_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    """Whoever reads it can pose as the server."""
    key = ensure_certificate(tmp_path, [])[1]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_certificate_lives_less_than_phones_allow() -> None:
    """Apple's browsers refuse more than 398 days."""
    certificate = x509.load_pem_x509_certificate(make_certificate([])[0])
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days < 398
    assert certificate.not_valid_before_utc < datetime.now(UTC)


def test_lan_addresses_leave_out_the_loopback() -> None:
    """A phone cannot reach 127.0.0.1 of this machine."""
    assert not [address for address in lan_addresses() if ipaddress.ip_address(address).is_loopback]


def _names(pem: bytes) -> x509.SubjectAlternativeName:
    certificate = x509.load_pem_x509_certificate(pem)
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
