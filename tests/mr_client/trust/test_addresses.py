"""Which addresses are never asked, in every spelling that some parser understands."""

# ruff: noqa: RUF001 - characters that look alike are what is tested

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.errors import NotAllowed
from mr_client.trust.addresses import check_host, is_never_asked, is_server, never_asked

NEVER = [
    # link-local addresses, and clouds' own
    "169.254.169.254",
    "169.254.0.0",
    "169.254.255.255",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "fe80::1",
    "febf::1",
    "fd00:ec2::254",
    "fd00:0ec2:0:0:0:0:0:254",
    "fd00:ec2::23",
    "fd20:ce::254",
    # numbers, as inet_aton reads them, and as those read them who know no octal
    "2852039166",
    "0xa9fea9fe",
    "0xA9FEA9FE",
    "0XA9FEA9FE",
    "025177524776",
    "0000000025177524776",
    "169.254.43518",
    "169.16689662",
    "0xa9.254.169.254",
    "0xa9.0376.43518",
    "0251.0376.0251.0376",
    "0o251.254.169.254",
    "0169.0254.0169.0254",
    "000169.254.169.254",
    "1684301000",
    "0100.100.100.200",
    # spelled otherwise
    "169.254.169.254.",
    "169.254.169.254..",
    "%31%36%39.254.169.254",
    "%2531%2536%2539.254.169.254",
    "169%2E254%2E169%2E254",
    "１６９.２５４.１６９.２５４",
    "169．254．169．254",
    "169。254。169。254",
    "169｡254｡169｡254",
    "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
    "𝟏𝟔𝟗.𝟐𝟓𝟒.𝟏𝟔𝟗.𝟐𝟓𝟒",
    "169.254.169\u00ad.254",
    "169.254.169\u200b.254",
    "%EF%BC%91%EF%BC%96%EF%BC%99.254.169.254",
    "％31％36％39.254.169.254",
    " 169.254.169.254 ",
    "169.254.\t169.254",
    # IPv6 with IPv4 in it
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "0:0:0:0:0:FFFF:A9FE:A9FE",
    "::169.254.169.254",
    "::ffff:0:a9fe:a9fe",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "64:ff9b::6464:64c8",
    "2002:a9fe:a9fe::",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::",
    "2001:0:102:304::5601:5601",
    # zones and brackets
    "fe80::1%eth0",
    "fe80::1%25eth0",
    "fe80::1%10",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[::ffff:169.254.169.254]",
    "%5Bfe80::1%5D",
    "fe80%3A%3A1",
    "FE80::1",
    # names
    "metadata",
    "metadata.google.internal",
    "metadata.google.internal.",
    "METADATA.Google.Internal",
    "metadata%2egoogle%2einternal",
    "metadata。google。internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
]

ASKED = [
    "localhost",
    "127.0.0.1",
    "::1",
    "[::1]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "fd00::1",
    "fd00:ec3::254",
    "fec0::1",
    "169.253.255.255",
    "169.255.0.0",
    "100.100.100.201",
    "192.0.0.193",
    "168.63.129.17",
    "2852126720",
    "64:ff9b::808:808",
    "2002:808:808::",
    "minio.demo.svc.cluster.local",
    "metadata.example.com",
    "my-metadata",
    "169.254.169.254.example.com",
    "169.254.169.254.nip",
    "1.2.3.4.5",
    "169..254.169.254",
    "a9fea9fe",
    "fe80",
    "fe80.example.com",
    "é.example.com",
    "99999999999999999999",
    "",
    ".",
    "%",
    ":",
]


@pytest.mark.parametrize("host", NEVER)
def test_it_is_never_asked(host: str) -> None:
    assert never_asked(host)


@pytest.mark.parametrize("host", ASKED)
def test_it_is_asked(host: str) -> None:
    assert not never_asked(host)


@given(st.ip_addresses(v=4, network="169.254.0.0/16"), st.data())
def test_no_mixture_of_numbers_hides_a_link_local_address(address: IPv4Address, data: st.DataObject) -> None:
    parts = list(address.packed)
    kept = data.draw(st.integers(0, 3))
    numbers = [*parts[:kept], int.from_bytes(bytes(parts[kept:]))]
    spell = st.sampled_from(["{}", "0x{:x}", "0X{:08X}", "0{:o}", "000{:o}"])

    host = ".".join(data.draw(spell).format(number) for number in numbers)

    assert never_asked(host), host


@given(st.text())
def test_any_text_is_judged(host: str) -> None:
    assert never_asked(host) in (True, False)


@pytest.mark.parametrize(
    ("address", "never"), [("169.254.1.1", True), ("::ffff:169.254.1.1", True), ("127.0.0.1", False), ("::1", False)]
)
def test_an_address_is_judged_as_text_is(address: str, never: bool) -> None:
    assert is_never_asked(ip_address(address)) is never


def test_a_zone_does_not_hide_an_address() -> None:
    assert is_never_asked(IPv6Address("fe80::1%eth0"))


def test_the_refusal_says_what_is_named_and_what_to_do() -> None:
    with pytest.raises(NotAllowed, match=r"^'s3://b/k' names '2852039166', which is .* never asked: give the address"):
        check_host("2852039166", "s3://b/k")
    with pytest.raises(NotAllowed, match=r"^'metadata' is a link-local address or a cloud's metadata service"):
        check_host("metadata")


@pytest.mark.parametrize("url", ["http://host", "https://host:9000", "https://[::1]:9000/path"])
def test_a_server_is_a_host_and_perhaps_a_port(url: str) -> None:
    assert is_server(url)


@pytest.mark.parametrize(
    "url", ["http://ann@host", "http://ann:secret@host", "http://:secret@host", "http://@host", "ftp://host", "http://", "http://host:0", "http://host:x", "host"]
)  # fmt: skip
def test_what_names_a_user_or_no_host_is_no_server(url: str) -> None:
    assert not is_server(url)
