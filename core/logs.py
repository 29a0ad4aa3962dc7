"""Structured logs: to a file of the workspace when there is one, never to standard output.

Where nobody has said where logs go, they go the way of Python's own: warnings and worse to standard error.
"""

import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Any

import structlog


def configure_logs(folder: Path | None = None, *, level: int = logging.INFO) -> None:
    """Send logs to ``folder/diaba.log`` (5 files of 1 MiB), or warnings alone to standard error."""
    handler: logging.Handler
    if folder is None:
        handler, level = logging.StreamHandler(sys.stderr), logging.WARNING
    else:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / "diaba.log", maxBytes=1 << 20, backupCount=4, encoding="utf-8"
        )
    root = logging.getLogger("diaba")
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level)
    root.propagate = False
    _lead_to_logging()


def _lead_to_logging() -> None:
    """Have structlog hand everything to ``logging``; by itself it prints to standard output, where answers go."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_log(name: str) -> Any:
    """Return the logger of one module, e.g. ``get_log("sync.client")``."""
    return structlog.get_logger(f"diaba.{name}")


_lead_to_logging()
