"""A private authority is trusted beside the public ones."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import pytest
import trustme

from mr_client.errors import InvalidSettings
from mr_client.trust.certificates import combined, mounted_bundle, trusting


@pytest.fixture
def pem() -> str:
    return trustme.CA(organization_name="Acme").cert_pem.bytes().decode()


def authorities(context: ssl.SSLContext) -> set[str]:
    return {str(each.get("subject")) for each in context.get_ca_certs()}


def test_a_private_authority_comes_on_top_of_the_public_ones(pem: str, tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_text(pem)

    for ca in (pem, file):
        found = authorities(trusting(ca))
        assert len([name for name in found if "Acme" in name]) == 1
        assert len(found) > 50


def test_they_fit_in_one_text_that_openssl_reads(pem: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=combined(pem))

    assert authorities(context) == {*authorities(trusting(pem))}


def test_a_file_that_the_process_trusts_instead_does_not_push_out_the_public_ones(
    pem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.crt"
    file.write_text(pem)
    # OpenSSL itself reads the process's variable, and then knows no others.
    monkeypatch.setenv("SSL_CERT_FILE", str(file))

    assert len(authorities(trusting(file))) > 50


def test_comments_between_certificates_may_be_in_any_language(pem: str) -> None:
    assert len(authorities(trusting(f"# Zertifikat für Köln\n{pem}"))) > 50


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_refused_by_the_name_of_its_variable(text: str, tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_text(text)

    for ca in (file, text):
        with pytest.raises(InvalidSettings, match="AWS_CA_BUNDLE .* cannot be used"):
            trusting(ca, "AWS_CA_BUNDLE")
        with pytest.raises(InvalidSettings, match="AWS_CA_BUNDLE .* cannot be used"):
            combined(ca, "AWS_CA_BUNDLE")


def test_a_config_map_that_should_be_mounted_and_is_not_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {"CA_BUNDLE_VOLUME_MOUNT_POINT": str(tmp_path)}

    with caplog.at_level(logging.WARNING):
        assert mounted_bundle(environ) is None
        assert caplog.messages == []
        assert mounted_bundle({**environ, "CA_BUNDLE_CONFIGMAP_NAME": "global-ca-bundle"}) is None

    assert "'global-ca-bundle'" in caplog.text
