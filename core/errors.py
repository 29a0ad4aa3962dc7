"""Every error this program raises on purpose.

AppError                 a stable code and the facts needed to word it
├── UserError            the user can put it right         exit 2
├── EnvironmentFault     disk, network or server; retry    exit 3
├── Cancelled            asked for; never shown as error   exit 130
└── Bug                  an invariant of ours broke        exit 70
"""

from typing import ClassVar

from core import messages


class AppError(Exception):
    """Base class; the words come from ``resources/messages``, never from the place that raises."""

    exit_code: ClassVar[int]

    def __init__(self, code: str, /, **context: object) -> None:
        super().__init__(code)
        self.code = code
        self.context = context

    def __str__(self) -> str:
        return messages.render(self.code, self.context)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, self.context)


def _rebuild(kind: type[AppError], code: str, context: dict[str, object]) -> AppError:
    return kind(code, **context)


class UserError(AppError):
    """Something the user can correct."""

    exit_code = 2


class EnvironmentFault(AppError):
    """Disk, network or server refused; trying again may work."""

    exit_code = 3


class Cancelled(AppError):
    """The user stopped the task."""

    exit_code = 130

    def __init__(self, code: str = "CANCELLED", /, **context: object) -> None:
        super().__init__(code, **context)


class Bug(AppError):
    """An invariant of ours does not hold."""

    exit_code = 70
