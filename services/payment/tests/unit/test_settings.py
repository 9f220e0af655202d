"""The environment: which providers are on, what each of them needs, and what production refuses."""

import pytest

from chassis.settings import load
from payment.settings import Settings

ENVIRONMENT = {
    "MONGO_URI": "mongodb://x",
    "RABBITMQ_URL": "amqp://x",
    "RAZORPAY_KEY_ID": "rzp_test_x",
    "RAZORPAY_KEY_SECRET": "s",
    "RAZORPAY_WEBHOOK_SECRET": "w",
}


def test_each_missing_secret_stops_the_start_with_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit):
        load(Settings)
    lines = capsys.readouterr().err.splitlines()
    assert {line.split(":")[0] for line in lines} == {f"setting {name}" for name in ENVIRONMENT}


def test_the_default_provider_is_one_that_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**ENVIRONMENT, "PAYMENT_PROVIDER": "paypal"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(Settings)
    assert "setting PAYMENT_PROVIDER: " in capsys.readouterr().err


def test_secrets_may_list_former_ones_behind_todays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENVIRONMENT, "RAZORPAY_KEY_SECRET": "new, old"}.items():
        monkeypatch.setenv(name, value)
    razorpay = load(Settings).razorpay
    assert razorpay is not None
    assert (razorpay.key_secrets, razorpay.webhook_secrets) == (["new", "old"], ["w"])


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9001", "https://localhost", "https://[::1]/", "http://api.razorpay.com", "https://0.0.0.0"],
)
def test_production_takes_no_loopback_provider(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name, value in {**ENVIRONMENT, "NODE_ENV": "production", "RAZORPAY_BASE_URL": url}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(Settings)
    monkeypatch.setenv("RAZORPAY_BASE_URL", "https://api.razorpay.com")
    monkeypatch.setenv("RAZORPAY_KEY_ID", "rzp_live_x")
    assert list(load(Settings).providers) == ["razorpay"]


def test_production_refuses_a_test_key_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**ENVIRONMENT, "NODE_ENV": "production"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(Settings)
    (line,) = capsys.readouterr().err.splitlines()
    assert "RAZORPAY" in line
    assert "test mode" in line
    monkeypatch.setenv("RAZORPAY_KEY_ID", "rzp_live_x")
    assert list(load(Settings).providers) == ["razorpay"]
