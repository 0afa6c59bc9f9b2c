"""A path of a box where one of this machine is due leads to the task that goes the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.typed_line import slip, typed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "run:1").mkdir()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("transfer.push b:/x", "that is a pull: type ssh-transport transfer.pull b:/x"),
        ("transfer.push b:/x here", "that is a pull: type ssh-transport transfer.pull b:/x --to=here"),
        ("-H b transfer.push --path=b:/x --to=here", "type ssh-transport transfer.pull b:/x --to=here"),
        ("transfer.push u@[::1]:/x here", "type ssh-transport transfer.pull 'u@[::1]:/x' --to=here"),
        ("transfer.push-each b:/x", "type ssh-transport transfer.pull-each b:/x"),
        ("transfer.put b:/x", "type ssh-transport transfer.get b:/x"),
        ("-H a transfer.push b:/x --to=/y", "ssh-transport transfer.copy --from=b:/x --to=a:/y"),
        ("-H a,c transfer.push b:/x --to=/y", "ssh-transport transfer.copy --from=b:/x --to=BOX:/y"),
        ("transfer.push b:/x c:/y", "ssh-transport transfer.copy --from=b:/x --to=c:/y"),
        ("-H a transfer.spread --path=b:/x --to=y", "type ssh-transport -H a transfer.spread --from=b:/x --to=y"),
        ("transfer.pull data b:/x", "that is a push: type ssh-transport transfer.push data b:/x"),
        ("transfer.watch data b:/x", "type ssh-transport transfer.push data b:/x"),
        ("transfer.pull c:/y b:/x", "ssh-transport transfer.copy --from=c:/y --to=b:/x"),
        ("-H a transfer.pull /y b:/x", "ssh-transport transfer.copy --from=a:/y --to=b:/x"),
        ("-H a transfer.pull /y a:up", "to bring it here: --to=up; on the box itself: ssh a 'cp -a -- /y up'"),
        ("transfer.pull u@[::1]:/y u@[::1]:x", "--to=x; on the box itself: ssh u@::1 'cp -a -- /y x'"),
        ("-H a transfer.pull ~/y a:", "--to=.; on the box itself: ssh a 'cp -a -- y .'"),
    ],
)
def test_it_is_told_with_the_command(line: str, meant: str) -> None:
    error = slip(*line.split())

    assert error.what.split(" ", 1)[1].startswith("is on a box, and ")
    assert error.hint.endswith(meant)


@pytest.mark.parametrize(
    "line", ["transfer.push run:1 b:/x", "transfer.push ./run:1 b:/x", "transfer.pull b:/x --to=new:1"]
)
def test_a_name_that_is_here_or_may_be_made_here_is_no_box(line: str) -> None:
    assert len(typed(*line.split())) == 2
