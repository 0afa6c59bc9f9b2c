"""The decorator that makes a function an Invoke task."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

import invoke

from ssh_transport.errors import TaskError
from ssh_transport.errors.translation import translated

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("invoke")


def task(*, help: dict[str, str], **options: Any) -> Callable[[Callable[..., Any]], Any]:  # noqa: A002 - Invoke's word
    """
    Make an Invoke task: every flag has a help text, there are no short flags, foreign exceptions are translated.

    Invoke assigns short flags in order, so a new parameter could take the letter of an old one.
    """

    def decorate(body: Callable[..., Any]) -> Any:
        @functools.wraps(body)
        def translating(*args: Any, **kwargs: Any) -> Any:
            try:
                with translated():
                    return body(*args, **kwargs)
            except TaskError as error:
                _log.debug("where it comes from", exc_info=error)
                raise

        made: Any = invoke.task(translating, help=help, auto_shortflags=False, **options)
        made.is_ours = True
        return made

    return decorate
