"""Recording a reading: what it costs does not lie in the number of statements."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from gxstore import catalogue
from gxstore.database import open_store
from tests.kept import Keeper
from tests.postgresql import BACKENDS

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_report_of_many_cells_takes_as_many_statements_as_one_of_two(
    tmp_path: Path, backend: str, new_store: Callable[..., str]
) -> None:
    engine = open_store(new_store(backend, tmp_path))
    keeper = Keeper(engine)
    run = keeper.run(NOW)
    codes = [indicator.code for indicator in catalogue.load().indicators][:150]
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def statements(page: str, cells: int) -> list[str]:
        asked.clear()
        keeper.shows(
            run, f"http://a.gov.cn/{page}", NOW, page, {code: 7 + n for n, code in enumerate(codes[:cells])}
        )
        return [statement.split(" VALUES ")[0] for statement in asked]

    statements("first", 1)  # which also reads the numbers of the indicators
    few, many = statements("few", 2), statements("many", 150)
    assert few == many
    assert len([statement for statement in many if statement.startswith("INSERT INTO value")]) == 1
    engine.dispose()
