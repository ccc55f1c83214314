"""Names that were given up for the field's own do not come back."""

import re
from conftest import SOURCE

# The name that was given up, and the one that stands for it now.
RENAMED = {
    "Desk": "Coordinator",
    "Letter": "Message, or comm::Mailbox::Envelope",
    "Office": "CoordinatorState",
    "FirstLook": "PlanSummary",
    "Lookout": "PeerMonitor",
    "Sighting": "RankStatus",
    "RollCall": "RankStatusTable",
    "Fence": "FolderLease",
    "AgreedError": "CollectiveError",
    "announce": "verify_collective",
    "Glimpse": "AsyncSnapshot",
    "LateGauge": "LazyGauge",
    "LastScrape": "FinalScrape",
    "put_aside": "rotate_file",
    "goes_on": "resumes",
    "confuse_best": "confusion_matrix_of_best",
    "Ending": "RunOutcome",
    "StopWish": "StopRequest",
    "stop_wish": "stop_request",
    "is_orphaned_": "has_lost_coordinator_",
}

# Words that mean something in places, but say too little as the name of a type.
TOO_GENERAL = ["Member", "Page", "Place", "Work", "Kind", "Row", "Choice", "Queue", "Problem", "Problems", "Wish", "Site", "Trace"]


def code_of(file):
    """A file's text without comments and strings: words of English stay."""
    text = file.read_text(errors="replace")
    if file.suffix == ".py":
        return re.sub(r'""".*?"""|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])*\'|#.*', " ", text, flags=re.S)
    return re.sub(r'//[^\n]*|"(\\.|[^"\\\n])*"', " ", text)


def test_no_name_that_was_given_up_is_left():
    files = [f for folder in ("src", "tests") for kind in ("h", "cpp", "cu", "py", "c")
             for f in (SOURCE / folder).rglob(f"*.{kind}")]
    assert len(files) > 300
    word = re.compile(r"\b(" + "|".join(RENAMED) + r")\b")
    left = {f"{f.relative_to(SOURCE)}: {m[1]} is {RENAMED[m[1]]} now" for f in files for m in word.finditer(code_of(f))}
    assert not left, "\n".join(sorted(left))


def test_no_type_has_a_name_that_is_too_general():
    definition = re.compile(rf"^\s*(?:struct|class|enum class|using) ({'|'.join(TOO_GENERAL)})\b", re.M)
    assert definition.search("  struct Row {") and not definition.search("template <class Work>")
    left = {f"{f.relative_to(SOURCE)}: {m[1]}" for folder in ("src", "tests") for kind in ("h", "cpp", "cu")
            for f in (SOURCE / folder).rglob(f"*.{kind}") for m in definition.finditer(code_of(f))}
    assert not left, "\n".join(sorted(left))


def test_no_file_is_named_so():
    snake = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in RENAMED}
    left = [f for folder in ("src", "tests") for f in (SOURCE / folder).rglob("*")
            if f.stem.removesuffix("_test") in snake]
    assert not left
