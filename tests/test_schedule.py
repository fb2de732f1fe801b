"""When a site is due: the store says it, in Shanghai's time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from crawler import schedule
from crawler.schedule import SHANGHAI, due_sites, how_due, in_window, last_moment, next_moment
from crawler.sites import Site, Yearly, load_site
from gxstore.database import open_store
from gxstore.models import Run

NINGXIA = load_site("ningxia").site.model_copy(
    update={
        "schedule": Yearly(month=4, day=10, hour=2),
        "manners": load_site("ningxia").site.manners.model_copy(update={"window": None}),
    }
)
APRIL = datetime(2026, 4, 10, 2, tzinfo=SHANGHAI)


def run(started: datetime, outcome: str | None) -> Run:
    return Run(started=started, finished=started if outcome else None, outcome=outcome, narrowed={})


def test_the_yearly_moment_is_in_shanghai() -> None:
    assert last_moment(NINGXIA.schedule, datetime(2026, 4, 9, 17, 59, tzinfo=UTC)).year == 2025
    assert last_moment(NINGXIA.schedule, datetime(2026, 4, 9, 18, 0, tzinfo=UTC)) == APRIL
    assert next_moment(NINGXIA.schedule, APRIL) == APRIL.replace(year=2027)


@pytest.mark.parametrize(
    ("last", "good", "due", "why"),
    [
        (None, None, True, "no harvest since 2026-04-10 02:00"),
        (
            run(APRIL - timedelta(days=300), "ok"),
            run(APRIL - timedelta(days=300), "ok"),
            True,
            "no harvest since",
        ),
        (run(APRIL, "ok"), run(APRIL, "ok"), False, "next on 2027-04-10"),
        (run(APRIL, "partial"), run(APRIL, "partial"), False, "harvested in part"),
        (run(APRIL + timedelta(days=20), None), None, True, "begun and not finished"),
        (run(APRIL + timedelta(days=20), "failed"), None, True, "failed a day ago"),
        (run(APRIL + timedelta(days=21, hours=1), "failed"), None, False, "tried again from"),
    ],
)
def test_a_site_is_due_when_no_good_harvest_stands_since_its_moment(
    last: Run | None, good: Run | None, due: bool, why: str
) -> None:
    found = how_due(NINGXIA, APRIL + timedelta(days=22), last, good)
    assert (found.due, why in found.why) == (due, True), found.why


def test_a_due_site_waits_for_its_window() -> None:
    site = NINGXIA.model_copy(
        update={"manners": NINGXIA.manners.model_copy(update={"window": "20:00-07:00"})}
    )
    assert not how_due(site, APRIL.replace(hour=12), None, None).due
    assert how_due(site, APRIL.replace(hour=23), None, None).due
    assert how_due(site, APRIL.replace(hour=3), None, None).due


def test_a_window_may_lie_within_a_day() -> None:
    noon = datetime(2026, 4, 10, 12, tzinfo=SHANGHAI)
    assert in_window("09:00-18:00", noon)
    assert not in_window("09:00-12:00", noon)


def test_a_narrowed_run_does_not_count_as_the_yearly_harvest(tmp_path: Path) -> None:
    from sqlalchemy.orm import Session

    from gxstore.models import Site as SiteRow

    engine = open_store(f"sqlite:///{tmp_path / 'store.db'}", create=True)
    now = APRIL + timedelta(days=1)
    with Session(engine) as session, session.begin():
        session.add(SiteRow(id=1, name="ningxia", title="x"))
        session.flush()
        row = {"site_id": 1, "started": now, "finished": now, "outcome": "ok"}
        told = {"tool_version": "t", "config_digest": "d", "vantage": "v"}
        session.add(Run(**row, **told, narrowed={"year": 2020, "lists_only": False}))
    assert due_sites(engine, [NINGXIA], now)[0].due
    with Session(engine) as session, session.begin():
        session.add(Run(**row, **told, narrowed={"year": None, "lists_only": False}))
    assert not due_sites(engine, [NINGXIA], now)[0].due


def planned_jobs(tmp_path: Path, sites: list[Site]) -> BackgroundScheduler:
    engine = open_store(f"sqlite:///{tmp_path / 'store.db'}", create=True)
    scheduler = BackgroundScheduler(jobstores={"default": schedule._jobs(engine)}, timezone=SHANGHAI)
    scheduler.start(paused=True)
    schedule.plan(scheduler, sites, replica=True)
    return scheduler


def test_there_is_one_yearly_job_a_site_that_is_never_missed_and_runs_once(tmp_path: Path) -> None:
    scheduler = planned_jobs(tmp_path, [NINGXIA])
    (job,) = scheduler.get_jobs()
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
    assert job.next_run_time.astimezone(SHANGHAI).strftime("%m-%d %H:%M") == "04-10 02:00"
    scheduler.shutdown()


def test_jobs_outlive_the_scheduler_and_follow_the_site_files(tmp_path: Path) -> None:
    planned_jobs(tmp_path, [NINGXIA, load_site("henan").site]).shutdown()
    engine = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    assert len(schedule.planned(engine)) == 2
    planned_jobs(tmp_path, [NINGXIA]).shutdown()
    assert [name for name, _ in schedule.planned(engine)] == ["yearly harvest of ningxia"]
