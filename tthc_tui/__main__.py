"""`python -m tthc_tui` is `tthc`."""

import sys

from tthc_tui.cli import main

sys.exit(main())
