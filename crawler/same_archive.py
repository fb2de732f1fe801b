"""Refuses to write into an archive that is not the one the store was made beside.

A store that is new or was restored from an older copy would give the numbers of runs a second time, and two runs of one
number cannot be told apart in the archive any more. An archive that is not there (a disk that is not mounted) would get
revisits whose originals it lacks. Both would be `ok`.
"""

from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from archive.account import run_files, runs_told
from archive.reader import OPEN_SUFFIX
from gxstore.database import StoreError, shown
from gxstore.models import Capture, Run, Site


def refuse_other_archive(engine: Engine, archive: Path) -> None:
    """Look whether store and archive are of each other, before anything is written into either.

    Every run is entered in the store before its first file is made, so a file of a run that the store does not know was not
    written beside this store. That a file is missing is for `verify` to say; only an archive that has neither the first nor
    the last file that the store knows is another one.

    Raises:
        StoreError: they are not; the sentence says what to do.
    """
    where = shown(str(engine.url))
    # the files first: a run that another process begins meanwhile is in the store before it is in the archive
    held = run_files(archive).keys()
    with Session(engine) as session:
        known = set(map(tuple, session.execute(select(Run.id, Site.name).join(Site, Site.id == Run.site_id))))
        ends = [
            session.scalar(select(Capture.warc_file).order_by(order).limit(1))
            for order in (Capture.id, Capture.id.desc())
        ]
    # a file of which nothing can be read (a kill as it was made, a failing disk) tells of no run, not even to db rebuild
    strange = [
        (number, site)
        for number, site in sorted(held - known)
        if any(told.first is not None for told in runs_told(archive, site=site, run=number))
    ]
    if strange:
        number, site = strange[0]
        raise StoreError(
            f"The archive {archive} holds run {number} of {site}, which the store {where} does not know: the store is new, "
            "or an older copy of it. Nothing was changed. Type gxcrawl db rebuild and use the store that it makes, or name "
            "the store that belongs to the archive with GXCRAWL_STORE_URL."
        )
    files = {file for file in ends if file is not None}
    if files and not any((archive / name).exists() for file in files for name in (file, file + OPEN_SUFFIX)):
        raise StoreError(
            f"The archive {archive} holds none of the captures of the store {where}. Nothing was changed. See that its disk "
            "is mounted, restore it from a copy, or name the one that belongs to the store with GXCRAWL_ARCHIVE_URL."
        )
