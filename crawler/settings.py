"""What the operator sets: `config/gxcrawl.toml`, and the environment above it."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gxstore.resources import config_path


class SettingsError(Exception):
    """`gxcrawl.toml` or an environment variable cannot be used; the sentence names the key."""


class Settings(BaseSettings):
    """Settings of one process. Each can be given as `GXCRAWL_<NAME>` in the environment, or in `gxcrawl.toml`.

    data: folder of archive, store and log. store_url: SQLAlchemy URL, default `<data>/store.db`. archive_url: folder
    of the WARC files, default `<data>/archive`. contact: who runs this, told to every portal in the user agent.
    proxy: an outbound proxy; it is recorded as part of the vantage. vantage: where this machine stands, in words.
    warc_size: bytes at which a WARC file is closed. timeout, max_body: seconds and bytes allowed for one reply.
    """

    model_config = SettingsConfigDict(env_prefix="GXCRAWL_", extra="forbid", frozen=True)

    data: Path = Path("data")
    store_url: str = ""
    archive_url: str = ""
    contact: str = ""
    proxy: str = ""
    vantage: str = "not stated"
    warc_size: int = 1_000_000_000
    timeout: float = 60.0
    max_body: int = 100_000_000

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
    def archive(self) -> Path:
        """The folder of the WARC files."""
        return Path(self.archive_url.removeprefix("file://")) if self.archive_url else self.data / "archive"

    def moved_to(self, data: Path) -> "Settings":
        """The same settings with everything kept in another folder."""
        return self.model_copy(update={"data": data, "store_url": "", "archive_url": ""})


def load_settings() -> Settings:
    """Settings from `gxcrawl.toml` and the environment.

    Raises:
        SettingsError: the file is not TOML, or a key is unknown or wrong.
    """
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
        raise SettingsError(
            f"{path} or the variable GXCRAWL_{key.upper()}: key {key}: {problem['msg']}. Mend it and try again."
        ) from error
