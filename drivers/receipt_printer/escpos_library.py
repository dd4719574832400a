"""python-escpos' three connections, without what its import does to the process.

Importing it configures the root logger (a second line on stderr for every log record) and leaves a new folder with
a pickle in the temporary directory each time: at one process per visit, thousands of folders a year.
"""

from __future__ import annotations

import logging
import shutil

_handlers = logging.root.handlers[:]

from escpos import capabilities  # noqa: E402
from escpos.exceptions import DeviceNotFoundError  # noqa: E402
from escpos.printer import File, Network, Serial  # noqa: E402

logging.root.handlers[:] = _handlers
shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)

__all__ = ["DeviceNotFoundError", "File", "Network", "Serial"]
