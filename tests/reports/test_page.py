"""The page: whole in one file, nothing from outside, nothing that its data could smuggle in."""

import re
from base64 import b64decode
from dataclasses import FrozenInstanceError, replace
from gzip import decompress
from html.parser import HTMLParser
from itertools import pairwise

import altair as alt
import polars as pl
import pytest

from seedbed.config.errors import UsageError
from seedbed.reports import OUTCOMES, Figure, Report, Section, Table, band_chart, render, write_report

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028\"'&`<b>`{{ 7 * 7 }}"


class Page(HTMLParser):
    """Collects what a page refers to, its text, and how its elements nest."""

    VOID = ("meta", "link", "img", "br", "input")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.references: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.scripts: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        assert not [name for name in given if name.startswith("on")]
        if tag == "a":
            self.links.append(given["href"])
        else:
            self.references += [
                (tag, given[name]) for name in ("src", "href", "srcset", "data", "action") if name in given
            ]
        if tag == "script":
            self.scripts.append("")
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] == "script":
            self.scripts[-1] += data
        else:
            self.text += data


@pytest.fixture(scope="module")
def page(demo) -> str:
    return render(demo)


def small_figure(**changes) -> Figure:
    frame = pl.DataFrame({"step": [1, 2], "score": [0.1, 0.9]})
    chart = band_chart(frame, x="step", y="score", title_x="step", title_y="score")
    return Figure(**({"id": "small", "title": "Small", "chart": chart, "caption": "n = 1", "data": frame} | changes))


def small_report(*items, **changes) -> Report:
    fields = {"title": "t", "subtitle": "", "headline": [], "sections": [Section("s", "S", [], items)]}
    return Report(**(fields | changes))


def test_nothing_is_loaded_from_outside(page):
    parsed = Page(page)
    assert [reference for _, reference in parsed.references if not reference.startswith("data:")] == []
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert {link for link in parsed.links if not link.startswith(("#", "data:"))} == {
        "https://arxiv.org/abs/2401.00001"
    }


def test_the_policy_allows_this_pages_scripts_and_no_request(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_the_page_is_small_enough_to_send_and_always_the_same(page, demo):
    assert len(page.encode()) < 2_000_000
    assert page == render(demo)


def test_every_part_of_the_report_is_there(page, demo):
    parsed = Page(page)
    for sentence in demo.headline:
        assert sentence in parsed.text
    for verdict in demo.verdicts():
        assert verdict.rule in parsed.text
        assert verdict.verdict in OUTCOMES
    assert parsed.text.count("rests on: text") == len(list(demo.verdicts()))
    for figure in demo.figures():
        assert figure.id in parsed.ids
        assert figure.caption in parsed.text
    assert "5 replicated" in re.sub(r"<[^>]+>", "", page)
    assert "4,533,631" in parsed.text
    assert "seedbed run triangle --seeds 16" in parsed.text
    assert len(parsed.ids) == len(set(parsed.ids))


def test_headings_leave_no_level_out_and_contents_lead_to_sections(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels.count(1) == 1
    after_title = levels[levels.index(1) :]
    assert all(later - earlier <= 1 for earlier, later in pairwise(after_title))
    parsed = Page(page)
    assert {link[1:] for link in parsed.links if link.startswith("#")} <= set(parsed.ids)


def test_hostile_text_is_shown_and_never_run(make_verdict):
    frame = pl.DataFrame({HOSTILE: [1.0, 2.0], "score": [0.1, 0.9], "arm": [HOSTILE, HOSTILE]})
    chart = band_chart(frame, x=HOSTILE, y="score", color="arm", title_x=HOSTILE, title_y=HOSTILE)
    verdict = make_verdict(claim_id=HOSTILE, statement=HOSTILE, source=HOSTILE, reported=HOSTILE, measured=HOSTILE,
                           interval=HOSTILE, rule=HOSTILE, evidence=HOSTILE)  # fmt: skip
    figure = Figure("small", HOSTILE, chart, HOSTILE, frame)
    table = Table(HOSTILE, [HOSTILE], [[HOSTILE]], HOSTILE)
    report = Report(HOSTILE, HOSTILE, [HOSTILE], [Section("s", HOSTILE, [HOSTILE], [figure, table, verdict])],
                    {HOSTILE: HOSTILE, "nested": {HOSTILE: [HOSTILE]}, "pairs": {HOSTILE: HOSTILE}})  # fmt: skip
    parsed = Page(render(report))
    assert len(parsed.scripts) == 4  # the chart, the settings, the engine, ours
    assert parsed.tags.count("b") == 3  # the tally's number, "Rule" and "Evidence": none of them hostile
    assert parsed.tags.count("img") == 1
    assert "49" not in parsed.text
    assert "<" not in parsed.scripts[0]
    assert "\u2028" not in parsed.scripts[0]


def test_only_web_addresses_become_links():
    words = 'javascript:alert(1) data:text/html,x https://arxiv.org/abs/2401.1). http://ab"onload=x ftp://b'
    parsed = Page(render(small_report(sections=[Section("s", "S", [words])])))
    assert [link for link in parsed.links if not link.startswith("#")] == ["https://arxiv.org/abs/2401.1", "http://ab"]


def test_a_chart_that_loads_from_an_address_is_refused():
    mark = alt.Chart(alt.UrlData("https://example.org/rows.json")).mark_point().encode(x="a:Q")
    with pytest.raises(UsageError, match=r"loads 'https://example\.org/rows\.json'"):
        render(small_report(small_figure(chart=mark)))
    picture = alt.Chart(alt.InlineData(values=[{}])).mark_image(url="https://example.org/a.png")
    with pytest.raises(UsageError, match=r"a\.png"):
        render(small_report(small_figure(chart=alt.layer(picture))))


def test_a_long_table_is_cut_on_the_page_and_whole_in_the_download():
    data = pl.DataFrame({"step": range(60_000), "parts": [[1, 2]] * 60_000})
    parsed = Page(render(small_report(small_figure(data=data))))
    assert "60000 rows, the first 200 shown" in re.sub(r"\s+", " ", parsed.text)
    (link,) = [link for link in parsed.links if link.startswith("data:")]
    lines = decompress(b64decode(link.split(",", 1)[1])).decode().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("step,parts", '59999,"[1, 2]"', 60_001)


def test_a_short_table_is_plain_csv():
    (link,) = [link for link in Page(render(small_report(small_figure()))).links if link.startswith("data:text/csv")]
    assert b64decode(link.split(",", 1)[1]) == b"step,score\n1,0.1\n2,0.9\n"


def test_an_empty_report_is_a_page():
    parsed = Page(render(Report("Nothing yet", "", [], [])))
    assert "Nothing yet" in parsed.text
    assert "Provenance" not in parsed.text


def test_write_report_replaces_the_page_whole(tmp_path):
    path = tmp_path / "new" / "report.html"
    assert write_report(small_report(title="first"), path) == path
    write_report(small_report(title="second"), path)
    assert "<title>second</title>" in path.read_text()
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: small_figure(id="Figure 2"), "figure id 'Figure 2': expected lower-case letters"),
        (lambda: Section("provenance", "P"), "'provenance' is the page's own"),
        (lambda: Section("s", "S", "one string"), "text is a sequence of paragraphs"),
        (lambda: small_report(headline="one string"), "headline is a sequence of sentences"),
        (lambda: small_report(small_figure(), small_figure()), "id 'small' stands twice"),
        (lambda: small_report(small_figure(id="s")), "id 's' stands twice"),
        (lambda: Table("sizes", ["a", "b"], [[1, 2], [3]]), "table 'sizes': row 1 has 1 cells, expected 2 (a, b)"),
    ],
)
def test_what_makes_no_report_is_refused_by_name(build, words):
    with pytest.raises(UsageError) as refused:
        build()
    assert words in str(refused.value)


def test_a_verdict_outside_the_five_is_refused_with_the_nearest(make_verdict):
    with pytest.raises(UsageError, match="did you mean 'replicated'"):
        make_verdict(verdict="replicate")


def test_a_verdict_says_what_in_the_source_it_rests_on(make_verdict):
    with pytest.raises(UsageError, match="did you mean 'our inference'"):
        make_verdict(basis="my inference")


def test_content_is_frozen(make_verdict):
    verdict = make_verdict()
    with pytest.raises(FrozenInstanceError):
        verdict.n = 17
    assert replace(verdict, n=17).n == 17
