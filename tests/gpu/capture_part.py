"""Real recordings for the project's own tests and samples: traces of trainings, CUPTI's raw buffers with
the texts that they point to, torch.profiler's JSON of the same run, event files and an XPlane. Packed
into archives, each below the size that may come back, with a note on how they were made."""

import glob
import gzip
import os
import shutil
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
MOST_BYTES_A_FILE = 5_000_000
MOST_BYTES_AN_ARCHIVE = 15_000_000
STEPS = {"mlp": "3", "transformer": "4", "resnet": "4"}
DUMP_VARIABLE = "TBPROF_DUMP_BUFFERS"


def _keep(path, folder, rows, name=None):
    """Copies a file into the archive's folder unless it is too big; JSON is packed."""
    if path is None or not os.path.exists(path):
        return
    name = name or os.path.basename(path)
    if name.endswith(".json"):
        name += ".gz"
        with open(path, "rb") as plain, gzip.open(os.path.join(folder, name), "wb") as packed:
            shutil.copyfileobj(plain, packed)
    else:
        shutil.copyfile(path, os.path.join(folder, name))
    size = os.path.getsize(os.path.join(folder, name))
    rows[name] = size
    if size > MOST_BYTES_A_FILE:
        os.remove(os.path.join(folder, name))
        rows[name] = f"{size} bytes, left out"


def _archive(place, name, folder):
    """Packs files, the small ones first, until the archive is full."""
    path = os.path.join(place.out, name)
    files = sorted((f for f in glob.glob(folder + "/**", recursive=True) if os.path.isfile(f)),
                   key=os.path.getsize)
    total, left_out = 0, []
    with tarfile.open(path, "w:gz") as archive:
        for file in files:
            total += os.path.getsize(file)
            if total > MOST_BYTES_AN_ARCHIVE:
                left_out.append(os.path.relpath(file, folder))
                continue
            archive.add(file, os.path.relpath(file, folder))
    return {"archive": name, "bytes": os.path.getsize(path), "left_out": left_out}


def _note(folder, commands):
    with open(os.path.join(folder, "MADE.md"), "w", encoding="utf-8") as file:
        file.write("# How these files were made\n\nOn the machine that report.json describes, by "
                   "`tests/gpu/all.sh`:\n\n")
        for name, command in commands.items():
            file.write(f"- `{name}`: `{command}`\n")


def trainings(place):
    """Traces of PyTorch trainings, with torch.profiler's JSON of the same model."""
    folder, rows, commands, statuses = place.scratch("keep_trainings"), {}, {}, {}
    script = os.path.join(HERE, "train_models.py")
    small = ["--device", "cpu", "--small"] if place.standin else []
    for model, steps in STEPS.items():
        command = [place.python, script, "--models", model, "--steps", steps, *small]
        done = place.record(f"train_{model}", command + ["--mark-steps"], 60, python=True)
        statuses[model] = done["status"]
        if done["status"] == 77:
            return {"good": False, "skipped": done["errors"].strip()}
        _keep(done["trace"], folder, rows, f"{model}.tbtrace")
        commands[f"{model}.tbtrace"] = done["command"]
        json_path = os.path.join(place.scratch("json"), f"{model}.torch.json")
        done = place.run(command + ["--torch-profiler", json_path], 60, place.environment(python=True))
        statuses[model + " by torch.profiler"] = done["status"]
        _keep(json_path, folder, rows)
        commands[f"{model}.torch.json"] = done["command"]
    for program in ("truth_graphs", "truth_streams", "truth_copies", "truth_memory"):
        done = place.record("keep_" + program, [place.binary(program)], 30)
        statuses[program] = done["status"]
        _keep(done["trace"], folder, rows, program + ".tbtrace")
        commands[program + ".tbtrace"] = done["command"]
    done = place.record("keep_nodes", [place.binary("truth_graphs")], 30, "node")
    _keep(done["trace"], folder, rows, "truth_graphs_by_node.tbtrace")
    commands["truth_graphs_by_node.tbtrace"] = "TBPROF_GRAPH_NODES=1 " + done["command"]
    _note(folder, commands)
    return {"good": all(status == 0 for status in statuses.values()), "statuses": statuses, "files": rows,
            **_archive(place, "trainings.tar.gz", folder)}


def buffers(place):
    """CUPTI's buffers as it filled them, of small programs and of one training."""
    folder, rows, statuses = place.scratch("keep_buffers"), {}, {}
    commands = {name: [place.binary("truth_" + name)] for name in
                ("launches", "copies", "streams", "graphs", "memory", "driver_launches", "per_thread_stream")}
    for name, command in commands.items():
        for graphs in ["launch"] + (["node"] if name == "graphs" else []):
            dump = place.scratch(f"buffers_{name}_{graphs}")
            done = place.record(f"buffers_{name}", command, 30, graphs, extra={DUMP_VARIABLE: dump})
            statuses[f"{name} {graphs}"] = done["status"]
            for number, path in enumerate(sorted(glob.glob(dump + "/*"))):
                _keep(path, folder, rows, f"{name}_{graphs}_{number // 2:02}{os.path.splitext(path)[1]}")
    _note(folder, {name: f"{DUMP_VARIABLE}=FOLDER tbprof run -- truth_{name}" for name in commands})
    return {"good": bool(rows) and all(status == 0 for status in statuses.values()), "statuses": statuses,
            "files": rows, **_archive(place, "buffers.tar.gz", folder)}


def frameworks(place):
    """Event files by TensorBoard's writer and an XPlane by JAX."""
    folder, rows, statuses, commands = place.scratch("keep_frameworks"), {}, {}, {}
    for script in ("write_event_files.py", "write_xplane.py"):
        target = place.scratch("made_" + script.removesuffix(".py"))
        done = place.run([place.python, os.path.join(HERE, script), target], 60, place.environment(python=True))
        statuses[script] = done["status"]
        commands[script] = done["command"]
        if done["status"] != 0:
            rows[script] = done["errors"][-500:]
        for path in sorted(glob.glob(target + "/**", recursive=True)):
            if os.path.isfile(path):
                _keep(path, folder, rows, os.path.relpath(path, target).replace("/", "__"))
    _note(folder, commands)
    result = {"good": all(status == 0 for status in statuses.values()), "statuses": statuses, "files": rows,
              **_archive(place, "frameworks.tar.gz", folder)}
    missing = [script for script, status in statuses.items() if status == 77]
    if missing:
        result["skipped"] = f"no package for {', '.join(missing)}"
    return result
