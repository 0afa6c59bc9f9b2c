"""
Logins for the striped link, made before it is needed, and lent to it.

The first goes over the login that the box has already; each of the others is one of its own, or goes over that login
too: OpenSSH gives each session a window of its own. They are an offer: where one did not get through, or ended, the
link logs in by itself.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ssh_transport.box.carrier.leash import AnotherLogin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssh_transport.box import Box

# Waits for a line in any shell, and does what it is told then.
ON_THE_BOX = "exec sh -c 'IFS= read -r line && eval \"$line\"'"
# For an `ssh` that is to end where it can't go over the login that is there.
_NO_LOGIN = ("-o", "ProxyCommand=false")


def lane_logins(box: Box) -> LaneLogins:
    """Return those of a box; they end with its connection."""
    return box.kept(_lane_logins)


def lane_logins_already(box: Box) -> LaneLogins | None:
    """Return them if there are any."""
    return box.kept_already(_lane_logins)


def _lane_logins(box: Box) -> LaneLogins:
    carrier, name = box.carrier, box.resolved.name
    program, words = carrier.program, carrier.call[len(carrier.program) :]
    beside = [*program, *_NO_LOGIN, *words, name]
    return LaneLogins(
        [*carrier.call, name], [*carrier.alone, name], carrier.environment, beside, already=carrier.takes_others()
    )


class LaneLogins:
    """
    As many as were asked for.

    :param over: the words of an `ssh` over the login that is there.
    :param alone: the words of one with a login of its own.
    :param beside: the words of one more over the login that is there, which ends where the box allows for no more.
    :param already: logins of their own that were begun with the first one.
    """

    def __init__(
        self,
        over: Sequence[str],
        alone: Sequence[str],
        env: Mapping[str, str],
        beside: Sequence[str] = (),
        *,
        already: Sequence[AnotherLogin] = (),
    ) -> None:
        self._over, self._alone, self._env, self._beside = over, alone, env, beside
        self._already = list(already)
        self._logins: list[AnotherLogin] = []
        self._lent: list[AnotherLogin] = []

    def begin(self, count: int) -> None:
        """Start until there are so many; wait for none."""
        while len(self._logins) < count:
            if self._logins and self._already:
                self._logins.append(self._already.pop())
            else:
                self._begin(self._alone if self._logins else self._over)

    def begin_over_one(self, count: int) -> None:
        """Start until there are so many, all of them over the login that is there, as far as it takes them."""
        while len(self._logins) < count:
            self._begin(self._beside if self._logins else self._over)

    def _begin(self, words: Sequence[str]) -> None:
        self._logins.append(AnotherLogin([*words, ON_THE_BOX], self._env, is_beside=words is self._beside))

    @contextlib.contextmanager
    def lent(self) -> Iterator[list[tuple[int, int, int]]]:
        """
        Yield standard output, standard input and process group of each, for a process that is started in the ``with``.

        On the box a shell waits for a line to run, or will once the login is through. Here they are closed afterwards.
        """
        yield [login.streams for login in self._logins]
        for login in self._logins:
            login.let_go()
        self._lent, self._logins = [*self._logins, *self._lent], []

    @property
    def is_there(self) -> bool:
        """Whether there is one to be lent that has not ended."""
        return bool(self._logins) and self._logins[0].is_running

    def exit_code(self) -> int | None:
        """What the first of those ended with that were lent last; `None` if there is none, or it goes on."""
        return self._lent[0].exit_code() if self._lent else None

    @property
    def last_words(self) -> str:
        """What they said on standard error; undecodable bytes as surrogates. That one more was refused is no reason."""
        said = (login.last_words for login in (*self._lent, *self._logins) if not login.is_beside)
        return "\n".join(dict.fromkeys(filter(None, said)))

    def close(self) -> None:
        """End them."""
        with contextlib.ExitStack() as stack:
            for login in (*self._lent, *self._logins, *self._already):
                stack.callback(login.close)
