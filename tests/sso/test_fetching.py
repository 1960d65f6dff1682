"""Metadata over the network: what is reached, what is taken, and what a hostile host gets."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sso import fetching
from sso.errors import MetadataUnreachable
from sso.fetching import fetch
from sso.metadata_addresses import is_public, target_of
from tests.sso.hostile import answer, listening, says, says_nothing

BODY = b"<EntityDescriptor/>"


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings):
    settings.METADATA_ALLOWED_HOSTS = ["127.0.0.1", "idp.corp.example"]


@pytest.fixture
def quick(monkeypatch):
    """A second is enough to see that time is up."""
    monkeypatch.setattr(fetching, "SECONDS", 1.0)


def refused(url):
    with pytest.raises(MetadataUnreachable) as refusal:
        fetch(url)
    return str(refusal.value)


class TestWhatIsTaken:
    def test_the_body_of_a_plain_answer(self):
        with listening(says(answer(BODY))) as host:
            assert fetch(host.url("/metadata?app=7")) == BODY

        (request,) = host.requests
        assert request.startswith(b"GET /metadata?app=7 HTTP/1.1\r\n")
        assert f"Host: 127.0.0.1:{host.port}\r\n".encode() in request
        assert b"Accept-Encoding: identity" in request

    def test_an_address_with_letters_beyond_ascii(self):
        with listening(says(answer(BODY))) as host:
            assert fetch(host.url("/Städte/metadata")) == BODY

        (request,) = host.requests
        assert request.startswith(b"GET /St%C3%A4dte/metadata HTTP/1.1\r\n")

    def test_one_without_a_length_ends_with_the_connection(self):
        with listening(says(answer(BODY, with_length=False))) as host:
            assert fetch(host.url()) == BODY

    def test_one_in_chunks(self):
        chunked = answer(
            b"5\r\n<Enti\r\ne\r\ntyDescriptor/>\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked",
            with_length=False,
        )
        with listening(says(chunked)) as host:
            assert fetch(host.url()) == BODY

    def test_a_megabyte_and_no_more(self):
        with listening(says(answer(b"x" * 1_000_000))) as host:
            assert len(fetch(host.url())) == 1_000_000


class TestAHostileHost:
    @pytest.mark.parametrize(
        "data",
        [
            answer(b"x" * 1_000_001),
            answer(b"x" * 1_000_001, with_length=False),
            answer(
                b"200000\r\n" + b"x" * 0x200000 + b"\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked",
                with_length=False,
            ),
            answer(b"-1\r\n" + b"x" * 0x300000, "Transfer-Encoding: chunked", with_length=False),
        ],
        ids=["announced", "without end", "in chunks", "in a chunk without end"],
    )
    def test_is_not_read_beyond_a_megabyte(self, data):
        with listening(says(data)) as host:
            assert "more than 1 MB" in refused(host.url())

    @pytest.mark.parametrize(
        "behave",
        [
            says_nothing(8),
            says(answer(BODY), pause=0.3, piece=5),
            says(answer(b"", with_length=False) + b"x" * 400, pause=0.3, piece=20),
            says(b"HTTP/1.1 100 Continue\r\n\r\n" * 400, pause=0.01, piece=25),
        ],
        ids=["silent", "a byte at a time", "a drop at a time", "always about to begin"],
    )
    def test_has_so_many_seconds_in_all(self, quick, behave):
        begun = time.monotonic()
        with listening(behave) as host:
            assert "took longer than" in refused(host.url())

        assert time.monotonic() - begun < 2.5

    def test_that_takes_the_connection_and_says_nothing_of_tls(self, quick):
        with listening(says_nothing(8)) as host:
            assert "took longer than" in refused(host.url(scheme="https"))

    @pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 There", "308 For good"])
    def test_leads_nowhere_else(self, status):
        with listening(says(answer(BODY))) as inner:
            moved = answer(b"", f"Location: {inner.url()}", status=status)
            with listening(says(moved)) as host:
                words = refused(host.url())

            assert inner.requests == []
        assert f"sends us on to {inner.url()}" in words

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (answer(b"gone", status="404 Not Found"), "answered 404"),
            (answer(b"", status="204 No Content"), "answered 204"),
            (answer(BODY, "Content-Encoding: gzip"), "an encoding nobody asked for"),
            (answer(BODY)[:-3], "broke the connection off"),
            (b"5\x00\xff\xfe garbage\r\n\r\n", "broke the connection off"),
            (b"", "broke the connection off"),
            (
                answer(b"-2\r\nxx\r\n", "Transfer-Encoding: chunked", with_length=False),
                "broke the connection off",
            ),
            (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "broke the connection off"),
            (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "broke the connection off"),
            (
                answer(b"zz\r\nxx", "Transfer-Encoding: chunked", with_length=False),
                "broke the connection off",
            ),
        ],
    )
    def test_is_told_of_in_a_sentence(self, data, words):
        with listening(says(data)) as host:
            assert words in refused(host.url())

    def test_what_it_names_is_made_fit_for_a_page(self):
        moved = answer(b"", "Location: https://x/\x07" + "y" * 500, status="302 Found")
        with listening(says(moved)) as host:
            words = refused(host.url())

        assert words.isprintable()
        assert len(words) < 400

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]

        assert "takes no connection" in refused(f"http://127.0.0.1:{port}/")


class TestWhatIsReached:
    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",  # noqa: S104 - nothing is bound to it
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.7",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001:0:1::1",
            "2001:db8::1",
            "fe80::1",
            "fe80::1%eth0",
            "fec0::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
        ],
    )
    def test_nothing_of_our_own_networks(self, address):
        assert not is_public(ipaddress.ip_address(address))

    @pytest.mark.parametrize(
        "address",
        ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"],
    )
    def test_what_anybody_can_reach(self, address):
        assert is_public(ipaddress.ip_address(address))

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "idp.example/metadata",
            "http://idp.example/metadata",
            "ftp://idp.example/metadata",
            "file:///etc/passwd",
            "gopher://idp.example/",
            "https://user:secret@idp.example/",
            "https://idp.example\\@127.0.0.1/",
            "https://idp.example/\r\nHost: other",
            "https://idp.example:99999/",
            "https:///metadata",
            "http://localhost/metadata",
            "http://[::1]/metadata",
            "https://10.0.0.1/metadata",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00:ec2::254]/",
        ],
    )
    def test_an_address_that_is_never_read_is_refused_without_looking_it_up(self, monkeypatch, url):
        monkeypatch.setattr(socket, "getaddrinfo", None)

        with pytest.raises(MetadataUnreachable):
            target_of(url)

    @pytest.mark.parametrize(
        "name", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"]
    )
    def test_this_machine_by_another_name_is_still_this_machine(self, name):
        assert "not on the public internet" in refused(f"https://{name}/metadata")

    def test_a_name_that_also_leads_inside_is_refused(self, answers_of_dns):
        answers_of_dns("93.184.216.34", "10.0.0.1")

        assert "not on the public internet" in refused("https://idp.example/metadata")

    def test_a_name_that_nobody_knows(self, monkeypatch):
        def unknown(*args, **kwargs):
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)

        assert "DNS doesn’t know it" in refused("https://idp.example/metadata")

    def test_a_resolver_that_never_answers_is_left_behind(self, quick, monkeypatch):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(3) or [])
        begun = time.monotonic()

        assert "took longer than" in refused("https://idp.example/metadata")
        assert time.monotonic() - begun < 2

    def test_a_name_that_changes_its_answer_gains_nothing_by_it(self, monkeypatch):
        """DNS rebinding: public when it is judged, this machine when it is connected to."""
        asked, reached = [], []

        def rebinding(host, port, **kwargs):
            asked.append(host)
            address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        def connect(place, timeout):
            reached.append(place)
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        monkeypatch.setattr(socket, "create_connection", connect)

        assert "takes no connection" in refused("https://idp.example/metadata")
        assert asked == ["idp.example"]
        assert reached == [("93.184.216.34", 443)]

    def test_of_several_addresses_one_that_answers_is_enough(self, monkeypatch, answers_of_dns):
        answers_of_dns("::1", "127.0.0.1")
        with listening(says(answer(BODY))) as host:
            assert fetch(host.url(host="idp.corp.example")) == BODY

    def test_a_host_that_is_allowed_by_name_is_not_allowed_by_address(self, settings):
        settings.METADATA_ALLOWED_HOSTS = ["idp.corp.example"]
        with listening(says(answer(BODY))) as host:
            refused(host.url())

        assert host.requests == []


@pytest.fixture
def answers_of_dns(monkeypatch):
    def answer_with(*addresses):
        real = socket.getaddrinfo

        def getaddrinfo(host, port, *args, **kwargs):
            found = addresses if host.endswith(".example") else [host]
            return [row for each in found for row in real(each, port, *args, **kwargs)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return answer_with


class TestOverTls:
    @pytest.fixture
    def certificate(self, tmp_path):
        """A file with key and certificate of idp.corp.example, signed by itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.corp.example")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(7)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName("idp.corp.example")]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "idp.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return file

    @pytest.fixture
    def tls(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        return context

    def test_it_is_the_name_that_is_asked_for_and_proved(
        self, tls, certificate, monkeypatch, answers_of_dns
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        answers_of_dns("127.0.0.1")
        with listening(says(answer(BODY)), tls=tls) as host:
            assert fetch(host.url(host="idp.corp.example", scheme="https")) == BODY

        assert host.server_names == ["idp.corp.example"]
        assert f"Host: idp.corp.example:{host.port}".encode() in host.requests[0]

    def test_a_drop_at_a_time_has_so_many_seconds_in_all(
        self, quick, tls, certificate, monkeypatch, answers_of_dns
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        answers_of_dns("127.0.0.1")
        begun = time.monotonic()
        with listening(says(answer(BODY), pause=0.3, piece=5), tls=tls) as host:
            words = refused(host.url(host="idp.corp.example", scheme="https"))

        assert "took longer than" in words
        assert time.monotonic() - begun < 2.5

    def test_a_certificate_nobody_trusts_is_refused(self, tls, answers_of_dns):
        answers_of_dns("127.0.0.1")
        with listening(says(answer(BODY)), tls=tls) as host:
            words = refused(host.url(host="idp.corp.example", scheme="https"))

        assert "is not trusted: self-signed certificate" in words
        assert host.requests == []

    def test_a_certificate_of_another_name_is_refused(self, tls, certificate, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with listening(says(answer(BODY)), tls=tls) as host:
            words = refused(host.url(scheme="https"))

        assert "is not trusted" in words
        assert host.requests == []

    def test_who_speaks_no_tls_is_not_read(self):
        with listening(says(answer(BODY))) as host:
            assert "doesn’t speak the protocol" in refused(host.url(scheme="https"))
