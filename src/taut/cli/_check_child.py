"""The process that runs the user's file: ``python -P _check_child.py FOLDER``.

It reads FOLDER/job.json and arrays.npz, and writes FOLDER/result.json. It is run by its path, and imports of its own
room only what stands beside it: the package of the command line takes longer to import than most checks to run.
"""

import inspect
import json
import os
import signal
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Fn = Callable[..., Any]
COURSE, OWN = "(W, X, y, reg) -> (loss, dW)", "fn(point) -> (value, gradient)"


class UsageError(Exception):
    """What was asked for does not fit the user's file."""


def main() -> None:
    """Do one job; whatever happens is told in the result."""
    folder = Path(sys.argv[1])
    sys.path.append(str(Path(__file__).parents[2]))  # where taut is, if it is not installed
    job = json.loads((folder / "job.json").read_text("ascii"))
    if os.name == "posix":  # ends this process even where its parent has been killed
        signal.setitimer(signal.ITIMER_REAL, job["limit"] + 5.0)
    try:
        result = _checked(job, folder / "arrays.npz")
    except UsageError as error:
        result = {"failed": "usage", "message": str(error)}
    except BaseException as error:  # sys.exit() in the user's file is one too
        result = _told(error, job)
    written = folder / "writing.json"
    written.write_text(json.dumps(result), "ascii")
    written.replace(folder / "result.json")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads of the user's file are not waited for


def _checked(job: Mapping[str, Any], arrays: Path) -> dict[str, Any]:
    import numpy as np

    from taut.check import check_gradient

    with np.load(arrays, allow_pickle=False) as file:
        given = {name: file[name] for name in file.files}
    module = _loaded(Path(job["file"]))
    function = _function(module, job)
    known = takes_four(function, job)
    points = _course_points(job, given, function) if known else [("point", function, _own_point(module, job, given))]
    found, reports = [], []
    check_pair(points[0][1], points[0][2], job)
    for i, (label, fn, point) in enumerate(points):
        report = check_gradient(fn, point, directions=job["directions"], random_state=job["seed"])
        if known:
            report = _with_data_faults(report, fn, given[f"X{i}"], given["y"])
        reports.append(report)
        found.append({"point": label, "text": str(report), "report": report.to_dict()})
    answer: dict[str, Any] = {"points": found, "course": known}
    if job["plot"]:
        answer["line"] = _line(points, reports, job)
    return answer


def _course_points(job: Mapping[str, Any], given: Mapping[str, Any], function: Fn) -> list[tuple[str, Any, Any]]:
    from taut.check import KnownProblem

    points: list[tuple[str, Any, Any]] = []
    for i, label in enumerate(job["labels"]):
        fn = KnownProblem(function, given[f"X{i}"].copy(), given["y"].copy(), job["reg"], **job["known"])
        points.append((label, fn, given[f"W{i}"]))
    return points


def check_pair(fn: Fn, point: Any, job: Mapping[str, Any]) -> None:
    """Refuse a function of another kind before its numbers are looked at."""
    copy = {name: part.copy() for name, part in point.items()} if isinstance(point, dict) else point.copy()
    result = fn(copy)
    if not isinstance(result, tuple | list) or len(result) != 2:
        kind = (
            f"a {type(result).__name__} of {len(result)}" if isinstance(result, tuple | list) else type(result).__name__
        )
        raise UsageError(f"{job['name']} returned {kind}; it must return two things, the value and its gradient")


def _with_data_faults(report: Any, problem: Any, X: Any, y: Any) -> Any:
    """A report that tells first if the calls changed X or y, which leaves the numbers without a meaning."""
    from dataclasses import replace

    import numpy as np

    from taut.check import Finding

    faults = [
        Finding("data changed", f"the call changed {name} in place", f"work on a copy, and never {name} += or -= ...")
        for name, now, was in (("X", problem.X, X), ("y", problem.y, y))
        if not np.array_equal(now, was, equal_nan=True)
    ]
    return replace(report, verdict="bug", findings=(*faults, *report.findings)) if faults else report


def _own_point(module: types.ModuleType, job: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """The point of an fn(point): from --point, else from the file itself."""
    import numpy as np

    if job["course_options"]:
        names = ", ".join(job["course_options"])
        raise UsageError(f"{job['name']} takes one argument, the point: {names} mean nothing to it")
    if job["own_names"]:
        point: Any = {name: given[name] for name in job["own_names"]}
        if len(point) == 1:
            (point,) = point.values()
    elif "point" in vars(module):
        point = vars(module)["point"]
    else:
        raise UsageError(f"{job['name']} takes a point: define point = … in {job['file']}, or give --point FILE.npz")
    if isinstance(point, dict):
        return {str(name): _typed(np.asarray(part), job) for name, part in point.items()}
    return _typed(np.asarray(point), job)


def _typed(part: Any, job: Mapping[str, Any]) -> Any:
    """An array in the type that was asked for; whole numbers become floats, since steps are taken."""
    if part.dtype.kind not in "fiub":
        raise UsageError(f"the point must hold real numbers, not {part.dtype}")
    return part.astype(job["dtype"] or (part.dtype if part.dtype.kind == "f" else "float64"))


def _loaded(path: Path) -> types.ModuleType:
    """Run the user's file as a module; no bytecode is read or left behind."""
    sys.dont_write_bytecode = True
    home = root = path.resolve().parent
    while (root / "__init__.py").exists() and root != root.parent:
        root = root.parent
    sys.path[:0] = list(dict.fromkeys(map(str, (home, root, Path.cwd()))))
    sys.argv = [str(path)]
    name = path.stem if path.stem not in sys.modules else f"_checked_{path.stem}"
    module = types.ModuleType(name)
    module.__file__ = str(path)
    module.__package__ = ".".join(home.relative_to(root).parts)  # so that relative imports work inside a package
    sys.modules[name] = module
    exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    return module


def _function(module: types.ModuleType, job: Mapping[str, Any]) -> Fn:
    found: Any = vars(module).get(job["name"])
    if callable(found):
        function: Fn = found
        return function
    functions = {name: thing for name, thing in vars(module).items() if inspect.isfunction(thing)}
    own = [name for name, each in functions.items() if each.__module__ == module.__name__ and not name.startswith("_")]
    if found is not None:
        raise UsageError(f"{job['name']} in {job['file']} is no function")
    there = f"; its functions are {', '.join(own[:12])}" if own else "; it has none"
    raise UsageError(f"{job['file']} has no function {job['name']}{there}")


def takes_four(function: Fn, job: Mapping[str, Any]) -> bool:
    """Whether a function is called with (W, X, y, reg), and not with a point."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise UsageError(f"{job['name']}: its arguments cannot be told; write it as {COURSE} or {OWN}") from None
    required = [
        each.name
        for each in signature.parameters.values()
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    for count in (4, 1):
        try:
            signature.bind(*[None] * count)
        except TypeError:
            continue
        if len(required) in ({4: (3, 4), 1: (1,)}[count]):
            return count == 4
    raise UsageError(f"{job['name']}{signature} is neither {COURSE} nor {OWN}")


def _told(error: BaseException, job: Mapping[str, Any]) -> dict[str, Any]:
    """An error as one line that names the place in the user's own code."""
    path = Path(job["file"])
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename is not None and error.lineno is not None:
        message = f"{type(error).__name__}: {error.msg}"
        return {"failed": "file", "message": f"{error.filename}, line {error.lineno}: {message}"}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        source = Path(frame.filename)
        if source == path or (source.is_relative_to(path.resolve().parent) and "site-packages" not in source.parts):
            where = "" if frame.name == "<module>" else f", in {frame.name}"
            return {"failed": "file", "message": f"{frame.filename}, line {frame.lineno}{where}: {what}"}
    if isinstance(error, ValueError | TypeError):
        return {"failed": "usage", "message": str(error)}
    return {"failed": "taut", "message": traceback.format_exc()}


def _line(points: list[tuple[str, Any, Any]], reports: list[Any], job: Mapping[str, Any]) -> dict[str, Any] | None:
    """Facts for the picture, by the module beside this one."""
    module = types.ModuleType("_check_line")
    path = Path(__file__).with_name("_check_line.py")
    sys.modules[module.__name__] = module
    exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    facts: dict[str, Any] | None = vars(module)["line_facts"](points, reports, job)
    return facts


if __name__ == "__main__":
    main()
