"""What is said where a server cannot be installed."""

import os

import pytest

from stack.install import InstallError, Program, ensure, helm, mongod


def test_a_system_without_apt_is_told_the_way_out_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    absent = Program("/nowhere/redis-server", "redis-server", "REDIS_URL")
    with pytest.raises(InstallError) as refused:
        ensure(absent)
    assert "REDIS_URL" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_there_is_not_installed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    ensure(Program("/bin/sh", "dash", "SHELL"))


def test_mongod_comes_with_the_python_environment() -> None:
    assert mongod().endswith("/fiftyone/db/bin/mongod")


def test_helm_comes_with_the_python_environment() -> None:
    assert os.access(helm(), os.X_OK)
