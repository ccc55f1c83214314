"""A folder of src/ includes only the folders that its CMake target links."""

import pathlib
import re
from conftest import SOURCE

FOLDERS = {p.name for p in (SOURCE / "src").iterdir() if p.is_dir()}


def linked(folder):
    """The folders that a folder's target may include: those on its link line, and what these hand on."""
    text = (SOURCE / "src" / folder / "CMakeLists.txt").read_text().split("if(")[0]
    direct = set(re.findall(r"cellsweep_([a-z]+)", text)) & FOLDERS - {folder}
    return direct.union(*(linked(d) for d in direct)) if direct else direct


def included(folder):
    files = [f for kind in ("h", "cpp", "cu") for f in (SOURCE / "src" / folder).rglob(f"*.{kind}")]
    names = {name for f in files for name in re.findall(r'^#include "([a-z_]+)/', f.read_text(), re.M)}
    return names & FOLDERS - {folder}


def test_every_include_has_its_link():
    assert len(FOLDERS) >= 10
    for folder in FOLDERS:
        assert included(folder) <= linked(folder), folder


def test_leaves_do_not_know_each_other():
    for leaf, others in {"data": set(), "comm": set(), "metrics": set(), "model": {"comm"}}.items():
        assert included(leaf) <= {"base", *others}, leaf


def users_of(pattern):
    return {f.relative_to(SOURCE / "src").parts[0] for f in (SOURCE / "src").rglob("*.[hc]*")
            if re.search(pattern, f.read_text())}


def test_each_library_has_one_home():
    assert users_of(r"#include <(yaml-cpp)/") == {"config"}
    assert users_of(r"#include <(mpi|nccl)\.h>") == {"comm"}
    assert users_of(r"#include <(ATen|torch|c10)/") == {"model", "device"}
    assert users_of(r"#include <Eigen/") == {"sweep"}
    for library in ("prometheus/", r"curl/curl\.h", "(civetweb|CivetServer)"):
        users = {f.parent.relative_to(SOURCE / "src") for f in (SOURCE / "src").rglob("*.[hc]*")
                 if re.search(f"#include <{library}", f.read_text())}
        assert users == {pathlib.Path("metrics/prometheus")}, library
