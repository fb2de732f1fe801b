"""What the operator sets: `config/gxcrawl.toml`, and the environment above it."""

import os
import tomllib
from base64 import b64encode
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from archive.text.confined import Limits
from gxstore.resources import config_path

_DEFAULT = Limits()
_PREFIX = "GXCRAWL_"
# Variables of this prefix that are no key of `gxcrawl.toml`: where that lies, and what the tests run on.
_NO_KEYS = ("GXCRAWL_CONFIG", "GXCRAWL_TEST_STORE")


class SettingsError(Exception):
    """`gxcrawl.toml` or an environment variable cannot be used; the sentence names the key."""


class Settings(BaseSettings):
    """Settings of one process. Each can be given as `GXCRAWL_<NAME>` in the environment, or in `gxcrawl.toml`.

    data: folder of archive, store and log. store_url: SQLAlchemy URL, default `<data>/store.db`. archive_url: folder
    of the WARC files, default `<data>/archive`. contact: who runs this, told to every portal in the user agent.
    proxy: the outbound proxy, the only one used
    (variables like http_proxy are not looked at); it is recorded as part of the vantage, without user and password.
    vantage: where this machine stands, in words.
    warc_size: bytes at which a WARC file is closed. timeout, max_body: seconds and bytes allowed for one reply.
    reading_memory, reading_cpu, reading_time: bytes, seconds of processor time and seconds by the clock that
    reading one file may take.
    """

    @field_validator("archive_url")
    @classmethod
    def _is_a_folder(cls, value: str) -> str:
        if "://" in value and not value.startswith("file://"):
            raise ValueError(f"{value!r} is no folder: only folders (file:///…) can hold the archive yet")
        return value

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, value: str) -> str:
        form = "give a proxy the form http://HOST:PORT or http://USER:PASSWORD@HOST:PORT"
        parts = urlsplit(value)
        try:
            port = parts.port
        except ValueError as error:
            raise ValueError(f"the proxy's port is no number from 1 to 65535; {form}") from error
        if value and (parts.scheme != "http" or not parts.hostname or not port):
            raise ValueError(form)
        return value

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    data: Path = Path("data")
    store_url: str = ""
    archive_url: str = ""
    contact: str = ""
    proxy: str = ""
    vantage: str = "not stated"
    warc_size: int = 1_000_000_000
    timeout: float = 60.0
    max_body: int = 100_000_000
    reading_memory: int = _DEFAULT.memory
    reading_cpu: int = _DEFAULT.cpu
    reading_time: int = _DEFAULT.time

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment stands above the file."""
        return env_settings, init_settings

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the store."""
        return self.store_url or f"sqlite:///{self.data / 'store.db'}"

    @property
    def proxy_url(self) -> str | None:
        """The outbound proxy without user and password, as it may be shown and recorded."""
        parts = urlsplit(self.proxy)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}" if host else None

    @property
    def proxy_authorization(self) -> str | None:
        """The value of Proxy-Authorization where the proxy asks for user and password (RFC 7617)."""
        parts = urlsplit(self.proxy)
        if parts.username is None:
            return None
        told = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return "Basic " + b64encode(told.encode()).decode("ascii")

    @property
    def archive(self) -> Path:
        """The folder of the WARC files."""
        return Path(self.archive_url.removeprefix("file://")) if self.archive_url else self.data / "archive"

    @property
    def reading_limits(self) -> Limits:
        """What reading one file may take."""
        return Limits(memory=self.reading_memory, cpu=self.reading_cpu, time=self.reading_time)

    def moved_to(self, data: Path) -> "Settings":
        """The same settings with everything kept in another folder."""
        return self.model_copy(update={"data": data, "store_url": "", "archive_url": ""})


def load_settings() -> Settings:
    """Settings from `gxcrawl.toml` and the environment.

    Raises:
        SettingsError: the file is not TOML, or a key or a variable is unknown or wrong.
    """
    _refuse_unknown(os.environ)
    path = config_path("gxcrawl.toml")
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Mend the file and try again.") from error
    try:
        return Settings(**content)
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            raise SettingsError(f"{path}: key {key} is unknown. Mend the file and try again.") from error
        raise SettingsError(
            f"{path} or the variable GXCRAWL_{key.upper()}: key {key}: {said}. Mend it and try again."
        ) from error


def _refuse_unknown(variables: Iterable[str]) -> None:
    """A misspelt variable would be passed over in silence, and a harvest go out without its proxy."""
    known = [*(_PREFIX + key.upper() for key in Settings.model_fields), *_NO_KEYS]
    for name in sorted(variables):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, 1)
            meant = f" Is {near[0]} meant?" if near else ""
            raise SettingsError(
                f"The variable {name} of the environment is no setting of gxcrawl.{meant} Mend it or take it away, and try again."
            )
