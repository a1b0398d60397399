"""Where things are on the machine, and how a program is run there: alone, under the null consumer, or
recorded. `Place` is made once and read by all parts."""

import glob
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

OUTPUT_KEPT = 4000
# libcupti opens it to tell which hardware metrics there are.
COUNTER_LIBRARY = "libnvperf_host.so"


class Place:
    def __init__(self, pack, out, standin, deadline):
        self.pack, self.out = os.path.abspath(pack), os.path.abspath(out)
        self.standin = os.path.abspath(standin) if standin else ""
        self.deadline = deadline  # of time.monotonic()
        # Not in `out`, of which every file comes back.
        self.scratch_root = tempfile.mkdtemp(prefix="tbprof_gpu_")
        self.tbprof = self.binary("tbprof")
        self.null_consumer = os.path.join(self.pack, "lib", "libgpu_null_consumer.so")
        self.recorder = os.path.join(self.pack, "lib", "libtbprof.so")
        self.cupti_folder, self.cupti_from = self._find_cupti()
        self.python = os.environ.get("TBPROF_GPU_PYTHON") or sys.executable

    def binary(self, name):
        return os.path.join(self.pack, "bin", name)

    def scratch(self, name):
        path = os.path.join(self.scratch_root, name)
        os.makedirs(path, exist_ok=True)
        return path

    def left_s(self):
        return self.deadline - time.monotonic()

    def _find_cupti(self):
        """A folder with libcupti for programs that do not bring their own, and where it is from. One without
        the library of hardware metrics beside it is passed over."""
        if self.standin:
            return self.standin, "stand-in"
        listed = subprocess.run(["sh", "-c", "ldconfig -p"], capture_output=True, text=True, check=False)
        if re.search(r"libcupti\.so\.1[23]\b", listed.stdout) and COUNTER_LIBRARY in listed.stdout:
            return "", "ldconfig"
        places = glob.glob("/usr/local/cuda*/extras/CUPTI/lib64") + glob.glob("/usr/local/cuda*/lib64")
        places += glob.glob("/usr/local/cuda*/targets/*/lib")
        for folder in sys.path:
            places += glob.glob(os.path.join(folder, "nvidia", "cu13", "lib"))
            places += glob.glob(os.path.join(folder, "nvidia", "cuda_cupti", "lib"))
        for folder in places:
            if glob.glob(os.path.join(folder, "libcupti.so.1[23]")) and \
                    os.path.exists(os.path.join(folder, COUNTER_LIBRARY)):
                return folder, folder
        return self._unpack_cupti(), "carried"

    def _unpack_cupti(self):
        carried, folder = os.path.join(self.pack, "lib", "cupti"), self.scratch("cupti")
        for library in glob.glob(os.path.join(carried, "libcupti.so.*")):
            shutil.copy(library, folder)
        packed = os.path.join(carried, COUNTER_LIBRARY + ".gz")
        if os.path.exists(packed):
            with gzip.open(packed) as source, open(os.path.join(folder, COUNTER_LIBRARY), "wb") as target:
                shutil.copyfileobj(source, target)
        return folder

    def environment(self, python=False, extra=None):
        environment = dict(os.environ)
        for name in ("CUDA_INJECTION64_PATH", "NVTX_INJECTION64_PATH", "TBPROF_LOGDIR"):
            environment.pop(name, None)
        # Python programs bring PyTorch's own libcupti.
        if self.cupti_folder and (self.standin or not python):
            before = environment.get("LD_LIBRARY_PATH")
            environment["LD_LIBRARY_PATH"] = self.cupti_folder + (":" + before if before else "")
        environment.update(extra or {})
        return environment

    def run(self, command, limit_s=60, environment=None, cwd=None):
        """What became of a command: {"command", "status", "seconds", "out", "errors"}; never raises."""
        limit_s = max(1.0, min(limit_s, self.left_s()))
        began = time.monotonic()
        process = None
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, env=environment or self.environment(),
                                       cwd=cwd, start_new_session=True)
            out, errors = process.communicate(timeout=limit_s)
            status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, errors = process.communicate()
            status = "time limit"
        except OSError as error:
            out, errors, status = b"", str(error).encode(), "not started"
        return {"command": " ".join(command)[-300:], "status": status,
                "seconds": round(time.monotonic() - began, 3), "out": out.decode(errors="replace"),
                "errors": errors.decode(errors="replace")[-OUTPUT_KEPT:]}

    def record(self, name, command, limit_s=60, graphs="launch", python=False, extra=None):
        """A command under `tbprof run`; the outcome also says where its trace is and how big."""
        logdir = tempfile.mkdtemp(prefix=name + "_", dir=self.scratch("logs"))
        environment = {"TBPROF_GRAPH_NODES": "1" if graphs == "node" else "0", **(extra or {})}
        done = self.run([self.tbprof, "run", "--quiet", "--logdir", logdir, "--name", name, "--", *command],
                        limit_s, self.environment(python, environment))
        traces = glob.glob(os.path.join(logdir, name, "plugins", "profile", "*", "*.tbtrace"))
        # The program's, not those of its small children.
        done["trace"] = max(traces, key=os.path.getsize) if traces else None
        done["trace_bytes"] = os.path.getsize(done["trace"]) if traces else 0
        return done

    def null(self, command, limit_s=60, graphs="launch", python=False, extra=None):
        environment = {"CUDA_INJECTION64_PATH": self.null_consumer,
                       "GPU_NULL_GRAPH_NODES": "1" if graphs == "node" else "0", **(extra or {})}
        return self.run(command, limit_s, self.environment(python, environment))

    def listing(self, trace):
        """What a trace holds, or why it could not be listed."""
        if trace is None:
            return None, "there is no trace"
        done = self.run([self.binary("gpu_trace_listing"), trace], 60)
        if done["status"] != 0:
            return None, done["errors"]
        return json.loads(done["out"]), ""


def last_json(out):
    """The last line of a program's output that is a JSON object; {} if there is none."""
    for line in reversed(out.strip().splitlines()):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except ValueError:
                return {}
    return {}
