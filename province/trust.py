"""Which connections of a pool are asked whether they still live before they are used."""

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

REST_S = 1.0
_USED = "diaba_used"


class Trust:
    """Asks only what has rested for ``REST_S``, or was used last before another connection was found dead.

    To ask each time, as the pool would by itself, costs as much as many a statement. A server that ends a connection
    within that time makes one statement fail (GATEWAY-DATABASE-LOST, which every sender repeats), and none after it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._doubted = 0.0
        event.listen(engine, "checkin", self._note)
        event.listen(engine, "invalidate", self._doubt)
        event.listen(engine, "checkout", self._ask)

    def _note(self, _driver: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    def _doubt(self, *_facts: Any) -> None:
        self._doubted = time.monotonic()

    def _ask(self, driver: Any, record: Any, _proxy: Any) -> None:
        used = record.info.get(_USED)
        if used is None or max(self._doubted, time.monotonic() - REST_S) < used:
            return
        try:
            self._engine.dialect.do_ping(driver)
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
