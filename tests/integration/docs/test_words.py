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
    "awaits_last_scrape": "awaits_final_scrape",
    "goes_on_later": "resumes_later",
    "go_on": "may_continue",
    "together": "run_collectively",
    "figure": "metric, or value",
    "figures": "metrics, or values",
    "share": "rank_slice, or fraction",
    "shares": "rank slices, or fractions",
    "share_of_shards": "rank_slice_of_shards",
    "moving": "moving_statistics",
    "tell": "report, or notify",
    "told": "reported",
    "tells_end": "reports_end",
    "heard_at_": "last_message_at_",
    "has_spoken": "ends_job",
    "has_another_spoken": "is_job_ending",
    "speaks": "reports, or prints",
    "nap": "poll_interval",
    "doze": "wait_for_change",
    "news": "a word for what it holds",
    "ruler": "a word for what it measures",
    "farewell": "a word for what is sent last",
    "sweep_run_folder": "remove_temporary_run_files",
    "survey": "find_topology",
    "of": "a noun",
}

# Words of comments and pages that stood for these and have no other use there.
RENAMED_WORDS = {
    r"desks?": "coordinator",
    r"letters? to (?:the )?(?:coordinator|worker)": "message",
    r"glimpses?": "snapshot",
    r"lookouts?": "peer monitor",
    r"roll ?calls?": "rank status table",
    r"sightings?": "rank status",
    r"(?:gives?|given|gave|giving) out": "assign",
    r"(?:goes|go|gone|went|going) on from": "resume",
    r"adds? up|added up|adding up": "sum",
    r"told": "reported, or set",
    r"figures?": "metric, number or value",
    r"rank's(?: own)? share": "rank slice",
    r"stop wish(?:es)?|wish(?:es)? to stop": "stop request",
    r"(?:has|have|had) spoken|speaks? (?:first|for)": "report",
    r"in the hands of": "owned by",
    r"farewells?|naps?|dozes?|dozing": "a plain word",
}

# Words that mean something in places, but say too little as the name of a type.
TOO_GENERAL = ["Member", "Page", "Place", "Work", "Kind", "Row", "Choice", "Queue", "Problem", "Problems", "Wish", "Site", "Trace"]


def code_of(file):
    """A file's text without comments and strings: words of English stay."""
    text = file.read_text(errors="replace")
    if file.suffix == ".py":
        return re.sub(r'""".*?"""|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])*\'|#.*', " ", text, flags=re.S)
    return re.sub(r'//[^\n]*|"(\\.|[^"\\\n])*"', " ", text)


def comments_of(file):
    """A file's comments, or a whole page."""
    text = file.read_text(errors="replace")
    if file.suffix == ".md":
        return text
    pattern = r'""".*?"""|#[^\n]*' if file.suffix == ".py" else r"//[^\n]*"
    return "\n".join(re.findall(pattern, text, re.S))


def sources():
    files = [f for folder in ("src", "tests") for kind in ("h", "cpp", "cu", "py", "c")
             for f in (SOURCE / folder).rglob(f"*.{kind}")]
    assert len(files) > 300
    return files


def test_no_name_that_was_given_up_is_left():
    files = sources()
    word = re.compile(r"\b(" + "|".join(RENAMED) + r")\b")
    left = {f"{f.relative_to(SOURCE)}: {m[1]} is {RENAMED[m[1]]} now" for f in files for m in word.finditer(code_of(f))}
    assert not left, "\n".join(sorted(left))


def test_no_comment_or_page_has_a_word_that_was_given_up():
    pages = [SOURCE / "README.md", *(SOURCE / "docs").rglob("*.md"), *(SOURCE / "monitoring").rglob("*.md")]
    words = {re.compile(rf"\b(?:{word})\b", re.I): new for word, new in RENAMED_WORDS.items()}
    left = {f"{file.relative_to(SOURCE)}: {found[0]}: write {new}" for file in [*sources(), *pages]
            for word, new in words.items()
            for found in word.finditer(re.sub(r"\s+(?://|#)?\s*", " ", comments_of(file)))}
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
