"""tests/bench/measure.py: running a program and what it took; what the machine is and did meanwhile."""
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time


class Others:
    """What other processes took of the machine while ours were measured: the figures are worth less then."""
    wall_s = cpu_s = 0.0

    @staticmethod
    def busy_s():
        """CPU seconds of all processes since the start, stolen ones included; 0 where that is not known."""
        try:
            with open("/proc/stat") as f:
                ticks = [int(n) for n in f.readline().split()[1:9]]
        except OSError:
            return 0.0
        return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")  # without idle and waiting

    def add(self, wall_s, busy_s, ours_s):
        self.wall_s += wall_s
        self.cpu_s += max(0.0, busy_s - ours_s)

    def percent(self):
        return 100 * self.cpu_s / (self.wall_s * os.cpu_count()) if self.wall_s else 0.0


others = Others()


def measured(commands):
    """CPU s, wall s, peak MB of commands that run one after the other, and the last one's standard output. The child's
    ru_maxrss starts from this process's own memory: so nothing large may be imported here."""
    cpu = peak = 0
    start, busy = time.monotonic(), others.busy_s()
    for command in commands:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as message:
            child = subprocess.Popen(command, stdout=out, stderr=message)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            message.seek(0)
            text = out.read()
            if status:
                sys.exit("bench: %s failed: %s" % (" ".join(command), message.read().decode(errors="replace")[-400:]))
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
    wall = time.monotonic() - start
    others.add(wall, others.busy_s() - busy, cpu)
    return {"cpu_s": cpu, "wall_s": wall, "peak_mb": peak}, text


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
    if os.path.isfile(path):
        os.unlink(path)


def cpu_model():
    try:
        with open("/proc/cpuinfo") as f:
            return re.search(r"model name\s*: (.*)", f.read()).group(1)
    except (OSError, AttributeError):
        return platform.machine()
