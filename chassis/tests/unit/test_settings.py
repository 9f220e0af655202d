"""Settings are read once, and one line tells of each that is wrong."""

import base64

import pytest

from chassis.settings import ProcessSettings, SecretKey, load

KEY = bytes(range(32))


class Settings(ProcessSettings):
    signing_secret: SecretKey


def test_a_key_is_read_from_base64_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_SECRET", base64.b64encode(KEY).decode())
    settings = load(Settings)
    assert settings.signing_secret.get_secret_value() == KEY
    assert "**" in repr(settings)


@pytest.mark.parametrize("secret", ["short", base64.b64encode(bytes(31)).decode(), "ä" * 32, "!" * 44, "a" * 32])
def test_a_key_of_another_form_ends_the_start_with_one_line(
    secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGNING_SECRET", secret)
    with pytest.raises(SystemExit, match="78"):
        load(Settings)
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "setting SIGNING_SECRET: Value error, must be 32 bytes in base64"


def test_each_setting_that_is_missing_or_wrong_has_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.delenv("SIGNING_SECRET", raising=False)
    with pytest.raises(SystemExit, match="78"):
        load(Settings)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["setting PORT", "setting SIGNING_SECRET"]
