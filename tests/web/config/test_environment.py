"""Settings by environment: what is wrong is said with what it should be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from staydown.errors import ConfigError
from staydown_web.config import environment, observed
from staydown_web.config.environment import VARIABLES, read_environment

WRONG = [
    ({"STAYDOWN_URL": "staydown.example"}, "STAYDOWN_URL"),
    ({"STAYDOWN_URL": "https://staydown.example/under/a/path"}, "no path"),
    ({"STAYDOWN_URL": "https://staydown.example?a=b"}, "STAYDOWN_URL"),
    ({"STAYDOWN_URL": "https://user:secret@staydown.example"}, "STAYDOWN_URL"),
    ({"STAYDOWN_URL": "https://staydown.example:port"}, "STAYDOWN_URL"),
    ({"STAYDOWN_URL": "http://["}, "STAYDOWN_URL"),
    ({"DATABASE_URL": "postgresql://user:secret@host:port/name"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql://user:[secret@host/name"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql://user:secret@host"}, "DATABASE_URL"),
    ({"DATABASE_URL": "sqlite://name"}, "DATABASE_URL"),
    ({"STAYDOWN_MAIL_URL": "smtp://"}, "STAYDOWN_MAIL_URL"),
    ({"STAYDOWN_MAIL_URL": "smtp://user:secret@mail.example:port"}, "STAYDOWN_MAIL_URL"),
    ({"STAYDOWN_EXIT_URL": "http://["}, "STAYDOWN_EXIT_URL"),
    ({"STAYDOWN_TIMESTAMP_URL": "http://["}, "STAYDOWN_TIMESTAMP_URL"),
    ({"STAYDOWN_SEGMENTS_URL": "s3://["}, "STAYDOWN_SEGMENTS_URL"),
    ({"STAYDOWN_TRACES_URL": "http://[/v1/traces"}, "STAYDOWN_TRACES_URL"),
    ({"DATABASE_URL": "mysql://user:secret@host/name"}, "DATABASE_URL"),
    ({"STAYDOWN_MAIL_URL": "mail.example:25"}, "STAYDOWN_MAIL_URL"),
    ({"STAYDOWN_SEGMENTS_URL": "http://store.example/segments"}, "STAYDOWN_SEGMENTS_URL"),
    ({"STAYDOWN_SEGMENTS_URL": "s3://user:secret@bucket/segments"}, "credentials"),
    ({"STAYDOWN_HOSTS": "*"}, "STAYDOWN_HOSTS"),
    ({"STAYDOWN_HOSTS": "a.example, https://b.example"}, "STAYDOWN_HOSTS"),
    ({"STAYDOWN_MAIL_FROM": "no address"}, "STAYDOWN_MAIL_FROM"),
    ({"STAYDOWN_MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "STAYDOWN_MAIL_FROM"),
    ({"STAYDOWN_DEMO": "perhaps"}, "STAYDOWN_DEMO"),
    ({"STAYDOWN_DEMO": "1", "STAYDOWN_DEMO_PORT": "x"}, "STAYDOWN_DEMO_PORT"),
]


@pytest.mark.parametrize(("values", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_setting_is_named(values: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        read_environment(values)
    assert "secret" not in str(error.value)


def test_without_any_setting_the_service_stays_on_this_machine() -> None:
    read = read_environment({})
    assert read.public_url == "http://127.0.0.1:8000"
    assert read.database_url.startswith("sqlite:///")
    assert [read.demo, read.debug, read.behind_proxy, read.is_https] == [False] * 4


def test_a_setting_that_is_set_to_nothing_is_not_set() -> None:
    names = [variable.name for variable in VARIABLES]
    assert read_environment(dict.fromkeys(names, "")) == read_environment({})
    assert read_environment({"STAYDOWN_HOME": "/srv/a", "STAYDOWN_KEYS": " "}).keys == Path(
        "/srv/a/keys"
    )


@pytest.mark.parametrize(
    "url", ["postgresql:///name", "postgres://user@[2001:db8::1]:5432/name", "sqlite:////srv/a.db"]
)
def test_a_database_on_this_machine_or_by_its_address(url: str) -> None:
    assert read_environment({"DATABASE_URL": url}).database_url == url


@pytest.mark.parametrize("url", ["s3://bucket/segments", "file:///srv/segments", "gs://bucket"])
def test_segments_travel_by_a_bucket_or_a_shared_folder(url: str) -> None:
    assert read_environment({"STAYDOWN_SEGMENTS_URL": f"{url}/"}).segments_url == url
    assert read_environment({}).segments_url == ""


def test_https_and_other_names() -> None:
    read = read_environment(
        {"STAYDOWN_URL": "https://staydown.example/", "STAYDOWN_HOSTS": "a.example, b.example"}
    )
    assert read.is_https
    assert {"staydown.example", "a.example", "b.example"} <= set(read.hosts)


def test_the_table_names_every_variable_that_is_read() -> None:
    code = Path(environment.__file__).read_text() + Path(observed.__file__).read_text()
    read = set(re.findall(r'(?:get|_flag)\((?:values, )?"([A-Z_]+)"', code))
    assert read == {variable.name for variable in VARIABLES} - {"DATABASE_URL_FILE"}


def test_the_demo_platform_is_on_this_machine() -> None:
    assert read_environment({"STAYDOWN_DEMO_PORT": "8009"}).demo_origin == ""
    values = {"STAYDOWN_DEMO": "1", "STAYDOWN_DEMO_PORT": "8009"}
    assert read_environment(values).demo_origin == "http://127.0.0.1:8009"


@pytest.mark.parametrize(
    "sender", ["mail@a.example", "Staydown <mail@a.example>", "mail@localhost"]
)
def test_a_sender_may_have_a_name(sender: str) -> None:
    assert read_environment({"STAYDOWN_MAIL_FROM": sender}).mail_from == sender


def test_hosts_may_be_addresses_and_groups_of_names() -> None:
    given = "192.0.2.7, [2001:db8::7], .example.org, staydown"
    assert read_environment({"STAYDOWN_HOSTS": given}).hosts[-4:] == given.split(", ")
