"""Who may include what, and how much a file or a function may be."""

import pathlib
import re
from conftest import SOURCE

SRC = SOURCE / "src"
FILES = [f for kind in ("h", "cpp", "cu") for f in SRC.rglob(f"*.{kind}")]
INCLUDES = {str(f.relative_to(SRC)): set(re.findall(r'^#include "([^"]+)"', f.read_text(), re.M)) for f in FILES}
FOLDERS = {p.name for p in SRC.iterdir() if p.is_dir()}


def link_lines():
    """The folders of src/ that are CMake targets, and the other ones that each of them links."""
    texts = {str(f.parent.relative_to(SRC)): f.read_text().split("if(")[0] for f in SRC.rglob("CMakeLists.txt") if f.parent != SRC}
    folder_of = {re.search(r"(?:cellsweep_module\(|add_library\(cellsweep_)(\w+)", text)[1]: folder for folder, text in texts.items()}
    return {folder: {folder_of[name] for name in re.findall(r"\bcellsweep_(\w+)", text) if name in folder_of} - {folder}
            for folder, text in texts.items()}


LINKS = link_lines()


def linked(folder):
    """The folders that a folder's target may include: those on its link line, and what these hand on."""
    return {name.split("/")[0] for name in LINKS[folder]}.union(*(linked(name) for name in LINKS[folder]))


def included(folder):
    """The other folders of which files in `folder`, which may be a path, include something."""
    names = {name.split("/")[0] for file, names in INCLUDES.items() if file.startswith(f"{folder}/") for name in names}
    return names & FOLDERS - {folder}


def test_every_include_has_its_link():
    assert len(FOLDERS) >= 10
    for folder in FOLDERS:
        assert included(folder) <= linked(folder), folder


def test_the_page_has_the_link_lines():
    page = (SOURCE / "docs/architecture.md").read_text().split("\n## The arrows\n")[1].split("\n## ")[0]
    table = {folder: set(re.findall("`(.+?)`", may_include)) for folders, may_include in re.findall(r"^\| (`.+?) \|(.*?)\|", page, re.M)
             for folder in re.findall("`(.+?)`", folders)}
    assert table == {folder: links - {"base"} for folder, links in LINKS.items()}


def test_no_folders_include_each_other_in_a_circle():
    left = {folder: included(folder) for folder in FOLDERS}
    while leaves := [folder for folder in left if not left[folder] & left.keys()]:
        for folder in leaves:
            del left[folder]
    assert not left


def test_leaves_do_not_know_each_other():
    for leaf, others in {"data": set(), "comm": set(), "metrics": set(), "model": {"comm"}}.items():
        assert included(leaf) <= {"base", *others}, leaf


def test_the_wings_of_comm_do_not_know_each_other():
    """comm itself knows none of them, and the watchdog needs neither MPI nor GPUs."""
    allowed = {"comm": set(), "comm/watchdog": set(), "comm/mpi": {"comm/watchdog"}, "comm/gpu": {"comm/watchdog"}}
    for file, names in INCLUDES.items():
        folder = str(pathlib.PurePath(file).parent)
        if folder in allowed:
            used = {str(pathlib.PurePath(name).parent) for name in names}
            assert used & allowed.keys() <= {"comm", folder, *allowed[folder]}, file


def test_each_unit_test_has_its_source():
    """tests/unit/<folder>/<file>_test.cpp tests src/<folder>/<file>, so that who looks for one finds the other."""
    unit = SOURCE / "tests/unit"
    tests = {str(f.relative_to(unit)).removesuffix("_test.cpp") for f in unit.rglob("*.cpp")}
    assert len(tests) > 100
    assert tests - {str(f.relative_to(SRC).with_suffix("")) for f in FILES} == set()


def users_of(pattern):
    return {str(f.parent.relative_to(SRC)) for f in FILES if re.search(pattern, f.read_text())}


def test_each_library_has_one_home():
    homes = {
        "yaml-cpp/": {"config"},
        r"mpi\.h>": {"comm/mpi"},
        r"nccl\.h>": {"comm/gpu"},
        "(ATen|torch|c10)/": {"model/torch", "device"},
        "Eigen/": {"sweep/bayes"},
        "prometheus/": {"metrics/prometheus"},
        r"curl/curl\.h": {"metrics/prometheus"},
        "(civetweb|CivetServer)": {"metrics/prometheus"},
    }
    for library, home in homes.items():
        assert users_of(f"#include <{library}") == home, library


def test_headers_with_mpi_stay_where_mpi_is_linked():
    """The others include it through headers that hide it."""
    with_mpi = {f"comm/mpi/{f.name}" for f in (SRC / "comm/mpi").glob("*.h") if "<mpi.h>" in f.read_text()}
    assert with_mpi
    for file, names in INCLUDES.items():
        assert file.startswith("comm/mpi/") or not names & with_mpi, file


def test_no_header_pulls_more_than_30_of_ours():
    for header in (name for name in INCLUDES if name.endswith(".h")):
        pulled, left = set(), [header]
        while left:
            new = INCLUDES.get(left.pop(), set()) - pulled
            pulled |= new
            left += new
        assert len(pulled) <= 30, (header, sorted(pulled))


def functions(file):
    """Name and lines of each function of a file that clang-format has laid out: from where it begins, at most one class
    deep, to the brace under it."""
    lines = file.read_text().splitlines()
    no_function = r"(public|private|protected):|(if|for|while|switch|else|do|namespace|class|struct|enum|extern|return|using)\b"
    for begin, line in enumerate(lines):
        indent = re.match(r" {0,2}(?=[A-Za-z~])", line)
        follows = begin == 0 or re.search(r"([;{}:]|^|^\s*//.*)$", lines[begin - 1])
        if not indent or not follows or re.match(no_function, line.strip()):
            continue
        brace = next((i for i in range(begin, len(lines)) if re.search(r"[{;}]$", lines[i])), begin)
        if not lines[brace].endswith("{") or "(" not in "".join(lines[begin:brace + 1]):
            continue
        end = next((i for i in range(brace + 1, len(lines)) if lines[i].startswith(indent[0] + "}")), len(lines))
        yield f"{file.relative_to(SRC)}:{begin + 1}", end - begin + 1


def test_no_function_has_more_than_60_lines():
    """Kernels may: GPU code is not looked at."""
    found = dict(pair for file in FILES if file.suffix != ".cu" for pair in functions(file))
    assert len(found) > 1000
    assert {name: lines for name, lines in found.items() if lines > 60} == {}
