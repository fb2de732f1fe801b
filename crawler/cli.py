"""The `gxcrawl` command: everything a person does.

Exit codes: 0 done, 1 failed, 2 bad usage, 3 done in part. Errors are sentences without a traceback; the traceback
goes to the log in the data folder.
"""

import logging
import sys
from typing import NoReturn

import typer
from sqlalchemy.exc import DBAPIError

from archive.warc import CannotWrite
from crawler.command import answering, archiving, bringing, fetching, keeping, past, proving, sites
from crawler.command.terminal import FAILED, USAGE, say
from crawler.harvest import HarvestStopped
from crawler.importing import NothingToImport
from crawler.lock import SiteLocked
from crawler.replica.world import UnknownReplica
from crawler.settings import SettingsError, load_settings
from crawler.sites import SiteError
from crawler.vantage import MixedStore
from gxstore.catalogue import CatalogueError
from gxstore.database import StoreError, unusable
from gxstore.occupancy import HoldLost
from gxstore.resources import ResourceMissing

log = logging.getLogger(__name__)

# What a person can mend; everything else is a fault of the program and leaves its traceback in the log.
_MENDABLE = (
    SettingsError,
    StoreError,
    HoldLost,
    SiteLocked,
    HarvestStopped,
    MixedStore,
    NothingToImport,
    CannotWrite,
    CatalogueError,
    ResourceMissing,
    UnknownReplica,
)

app = typer.Typer(
    help="Finds, keeps and reads 政府信息公开工作年度报告.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
fetching.add_to(app)
bringing.add_to(app)
answering.add_to(app)
past.add_to(app)
sites.add_to(app)
keeping.add_to(app)
proving.add_to(app)
archiving.add_to(app)


def main() -> NoReturn:
    """Run the command; never shows a traceback."""
    try:
        app()
    except SiteError as error:
        say(str(error), USAGE)
    except _MENDABLE as error:
        say(str(error), FAILED)
    except DBAPIError as error:
        log.exception("the store cannot be used")
        say(unusable(load_settings().database, error), FAILED)
    except KeyboardInterrupt:
        say("Stopped. What was fetched is kept; type the same command again to go on.", FAILED)
    except BrokenPipeError:
        sys.exit(FAILED)
    except Exception as error:
        log.exception("the command failed")
        say(_unexpected(error), FAILED)
    raise AssertionError("typer exits by itself")


def _unexpected(error: Exception) -> str:
    logs = [
        handler.baseFilename
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.FileHandler)
    ]
    where = f"The details are in {logs[0]}." if logs else ""
    return f"Something went wrong that should not: {type(error).__name__}: {error}. {where}"
