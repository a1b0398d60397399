"""A hundred small programs are the same under `tbprof run --quiet` as alone: status, standard output,
standard error, and the files that they leave, ten times each.

usage: transparency_test.py TBPROF PROBE STATIC ADDRESS UNDEFINED [STANDIN_FOLDER]
STATIC, ADDRESS and UNDEFINED are plain.c built that way; STANDIN_FOLDER holds stand-ins for the CUDA
driver and CUPTI. A program that is not even the same twice when it runs alone is a fault of the table.
"""

import concurrent.futures
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TBPROF, PROBE, STATIC, ADDRESS, UNDEFINED = sys.argv[1:6]
STANDIN = sys.argv[6] if len(sys.argv) > 6 else ""
RUNS = int(os.environ.get("TRANSPARENCY_RUNS", "10"))
ONLY = os.environ.get("TRANSPARENCY_ONLY", "")  # part of the names of the programs to run, for a look at them
RUNS_ALONE = 2
LIMIT_S = 30

# What a recorded CUDA program does beside the GPU, again with the GPU's recorder at work.
GPU_MODES = ["exit_in_handlers", "leave_at_once", "leave_quickly", "leave_by_system_call", "terminate",
             "read_null", "abort", "die_by_terminate", "fork_and_exit", "fork_and_crash", "fork_many",
             "become_a_daemon", "exec_a_shell", "exec_itself", "detached_threads_at_the_end",
             "main_thread_ends_first", "close_all_and_fork", "no_files_at_all", "write_past_the_limit"]

# Interpreters start programs, read their environment and take signals in ways of their own.
SCRIPTS = {
    "bash": [
        "echo $0; exit 3", "exit 255", "kill -TERM $$", "echo a; echo b >&2; false",
        "(echo in; exit 4); echo $?", "seq 1 5000 | sort -rn | head -3", "cat | tr a-z A-Z",
        "trap 'echo bye' EXIT; exit 2", "trap 'echo caught; exit 7' TERM; kill $$; sleep 5",
        "sleep 0.01 & wait $!; echo $?", "exec 1>&-; echo lost; exit 6", "exec 2>&1; echo mixed >&2",
        "ulimit -n 10; echo $(echo inner)", "set -o pipefail; true | false | true; echo $?",
        "echo text > file; cat file; rm file; ls", "coproc cat; echo hi >&${COPROC[1]}; "
        "exec {COPROC[1]}>&-; cat <&${COPROC[0]}", "{ echo late; } > >(cat); wait; echo end"],
    "python3": [
        "print('hello')", "import sys; sys.exit(9)", "raise ValueError('why')", "import os; os._exit(5)",
        "import os; os.abort()", "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
        "import sys; print(sys.argv, sys.flags.no_site, sys.path[0])",
        "import os; p = os.fork(); p or os._exit(3); print(os.waitpid(p, 0)[1])",
        "import multiprocessing as m; p = m.get_context('fork').Pool(2); print(p.map(abs, [-1, -2]))",
        "import subprocess as s; print(s.run(['sh', '-c', 'echo x; exit 2'], capture_output=True).stdout)",
        "import threading as t; a = [t.Thread(target=print, args=(1,)) for _ in range(9)]; "
        "[x.start() for x in a]; [x.join() for x in a]",
        "import atexit; atexit.register(print, 'at exit'); 1 / 0",
        "import sys; sys.stdout.buffer.write(bytes(range(256)) * 4000)",
        "import sys; print(sys.stdin.read().upper(), end='')", "import ctypes; ctypes.string_at(0)",
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (8, 8)); import json; print(json.dumps([1]))",
        "import asyncio; asyncio.run(asyncio.sleep(0.01)); print('slept')"],
    "node": [
        "console.log('hello', process.argv.length)", "process.exit(4)", "throw new Error('why')",
        "process.abort()", "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 5000)",
        "console.log(require('child_process').execSync('echo from a child').toString())",
        "process.stdin.on('data', data => process.stdout.write(data))"],
}

SAME_ALWAYS = [(re.compile(rb"==\d+=="), b"==pid=="), (re.compile(rb"0x[0-9a-f]+"), b"address"),
               (re.compile(rb"\b[pP]id:? \d+|\bT\d+\b|<\d+>"), b"number")]


class Program:
    def __init__(self, name, command, environment=None, numbers_change=False, interrupt=0):
        self.name, self.command, self.environment = name, command, environment or {}
        self.numbers_change = numbers_change  # addresses and process ids are in what it prints
        self.interrupt = interrupt  # sent to the process group when it has printed a line


def programs():
    modes = subprocess.run([PROBE, "--list"], capture_output=True, check=True, text=True).stdout.split()
    table = [Program(mode, [PROBE, mode]) for mode in modes]
    if STANDIN:
        environment = {"LD_LIBRARY_PATH": STANDIN}
        table += [Program("gpu: " + mode, [PROBE, "--gpu", mode], environment) for mode in GPU_MODES]
    for kind, path in [("static", STATIC), ("address", ADDRESS), ("undefined", UNDEFINED)]:
        crashes = kind == "address"
        for mode in ["", "overflow", "fork"] + (["use_after_free", "leak"] if crashes else []):
            table.append(Program(f"{kind} {mode}", [path, mode], numbers_change=crashes))
    for interpreter, scripts in SCRIPTS.items():
        # Not what may stand before it in PATH to choose among versions.
        path = sys.executable if interpreter == "python3" else shutil.which(interpreter)
        if path is None:
            continue
        flag = "-e" if interpreter == "node" else "-c"
        for script in scripts:
            changes = interpreter == "node" and ("throw" in script or "abort" in script)
            table.append(Program(f"{interpreter}: {script[:50]}", [path, flag, script],
                                 numbers_change=changes))
    wait = "echo ready; while :; do sleep 0.02; done"
    for number in [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT]:
        table.append(Program(f"interrupted by {number.name}", ["sh", "-c", wait], interrupt=number))
    table.append(Program("interrupt that is caught", ["bash", "-c", "trap 'echo no; exit 5' INT; " + wait],
                         interrupt=signal.SIGINT))
    return table


def files_of(folder):
    """What lies in a folder: path, kind and mode, and what is in it."""
    found = []
    for place, folders, names in os.walk(folder):
        for name in sorted(folders + names):
            path = os.path.join(place, name)
            content = b""
            if os.path.islink(path):
                content = os.readlink(path).encode()
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    content = file.read()
            found.append((os.path.relpath(path, folder), os.lstat(path).st_mode, content))
    return sorted(found)


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def end_of(program, process):
    if not program.interrupt:
        return process.communicate(input=b"some input\nfor the program\n", timeout=LIMIT_S)
    first = process.stdout.readline()
    os.killpg(process.pid, program.interrupt)
    out, errors = process.communicate(timeout=LIMIT_S)
    return first + out, errors


def outcome(program, before):
    """(status, stdout, stderr, files), or what went wrong in place of the status."""
    with tempfile.TemporaryDirectory(prefix="transparent_") as folder:
        os.chmod(folder, 0o777)  # for those that give up being root
        environment = {"PATH": os.environ["PATH"], "HOME": "/", "LC_ALL": "C.UTF-8", **program.environment}
        process = subprocess.Popen(before + program.command, cwd=folder, env=environment,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=bool(program.interrupt), preexec_fn=no_core)
        try:
            out, errors = end_of(program, process)
        except subprocess.TimeoutExpired:
            process.kill()
            return (f"did not end within {LIMIT_S} s", b"", b"", [])
        if program.numbers_change:
            for pattern, word in SAME_ALWAYS:
                out, errors = pattern.sub(word, out), pattern.sub(word, errors)
        return (process.returncode, out, errors, files_of(folder))


def difference(wanted, got):
    for what, one, other in zip(["status", "standard output", "standard error", "files"], wanted, got):
        if one != other:
            return f"{what}: alone {str(one)[-300:]}, under tbprof run {str(other)[-300:]}"
    return ""


def check(program):
    """Sentences on what is wrong with a program."""
    alone = [outcome(program, []) for _ in range(RUNS_ALONE)]
    if any(one != alone[0] for one in alone):
        return [f"{program.name}: not the same twice when alone; {difference(alone[0], alone[1])}"]
    if alone[0][0] in (98, 99):
        return [f"{program.name}: the probe could not do it, status {alone[0][0]}"]
    with tempfile.TemporaryDirectory(prefix="transparent_logs_") as logdir:
        os.chmod(logdir, 0o777)
        before = [TBPROF, "run", "--quiet", "--logdir", logdir, "--"]
        for run in range(RUNS):
            got = outcome(program, before)
            # Few programs never vary: what one also does alone, sooner or later, is its own.
            if got != alone[0] and all(outcome(program, []) != got for _ in range(RUNS)):
                return [f"{program.name}, run {run + 1}: {difference(alone[0], got)}"]
    return []


def main():
    table = [program for program in programs() if ONLY in program.name]
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        wrong = [line for lines in pool.map(check, table) for line in lines]
    for line in wrong:
        print(line)
    print(f"{len(table)} programs, {RUNS} runs each under tbprof run --quiet: {len(wrong)} differ; "
          f"{time.monotonic() - began:.0f} s")
    return 1 if wrong or (len(table) < 100 and not ONLY) else 0


if __name__ == "__main__":
    sys.exit(main())
