"""Read by Python at its start, where a test gives a process a wrong clock.

libfaketime trips over clock_nanosleep with an absolute time, by which Python sleeps; select sleeps as well.
"""

import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds) and None
