"""The configuration: what the contract shows loads, and every mistake ends in one line that tells what to mend."""

from datetime import date
from pathlib import Path

import pytest

from schemas.config import Config, EuropePmcTopic, JatsTopic, TomesphereTopic, load_config, locate
from schemas.errors import ConfigError

#: The contract's example, with all that it shows.
FULL = """\
warehouse:
  directory: data              # everything the pipeline writes lives below it
sources:                       # optional
  europepmc:   {base_url: "http://127.0.0.1:8800/europepmc/webservices/rest", requests_per_second: 5, contact: you@example.org}
  annotations: {base_url: "http://127.0.0.1:8800/europepmc/annotations_api"}
  pubtator:    {base_url: "http://127.0.0.1:8800/research/pubtator3-api", requests_per_second: 3}
  tomesphere:  {base_url: "http://127.0.0.1:8800"}
vocabularies:
  mondo_mesh: path-or-url-of-mondo_exactmatch_mesh.sssom.tsv
topics:
  - name: nelm
    source: europepmc          # a search query, harvested incrementally
    query: '"neuroendocrine liver metastases" AND OPEN_ACCESS:Y'
    since: 2024-01-01
    full_text: true
    references: true
    entities: [pubtator, europepmc]
  - name: reading-list
    source: tomesphere         # Markdown paper pages, by id
    ids: [PMC12259643]
  - name: local-pages
    source: tomesphere
    path: pages/*.md           # the same pages from disk
  - name: local-jats
    source: jats
    path: corpus/**/*.xml
"""  # noqa: E501 (as the contract has it)
TOPIC = "topics: [{name: a, source: jats, path: x}]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "my.yaml"


def load(file: Path, text: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return load_config(file)


def problem(file: Path) -> str:
    """The one line that a file is refused with, without the file's name in front."""
    with pytest.raises(ConfigError) as refused:
        load_config(file)
    message = str(refused.value)
    assert refused.value.exit_code == 2
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    return message.removeprefix(f"{file}: ")


def test_the_contracts_example_loads(file: Path) -> None:
    config = load(file, FULL)
    assert config.file == file
    assert config.directory == file.parent / "data"
    assert str(config.sources.europepmc.base_url) == "http://127.0.0.1:8800/europepmc/webservices/rest"
    assert config.sources.europepmc.requests_per_second == 5
    assert config.sources.europepmc.contact == "you@example.org"
    assert str(config.sources.tomesphere.base_url).rstrip("/") == "http://127.0.0.1:8800"
    assert config.vocabularies.mondo_mesh == "path-or-url-of-mondo_exactmatch_mesh.sssom.tsv"
    assert config.topics == [
        EuropePmcTopic(
            name="nelm",
            source="europepmc",
            query='"neuroendocrine liver metastases" AND OPEN_ACCESS:Y',
            since=date(2024, 1, 1),
            full_text=True,
            references=True,
            entities=["pubtator", "europepmc"],
        ),
        TomesphereTopic(name="reading-list", source="tomesphere", ids=["PMC12259643"]),
        TomesphereTopic(name="local-pages", source="tomesphere", path="pages/*.md"),
        JatsTopic(name="local-jats", source="jats", path="corpus/**/*.xml"),
    ]


def test_what_is_not_said_has_a_default(file: Path) -> None:
    config = load(file, TOPIC)
    sources = config.sources
    services = [sources.europepmc, sources.annotations, sources.pubtator, sources.tomesphere]
    assert config.directory == file.parent / "data"
    assert config.vocabularies.mondo_mesh is None
    assert [str(service.base_url).rstrip("/") for service in services] == [
        "https://www.ebi.ac.uk/europepmc/webservices/rest",
        "https://www.ebi.ac.uk/europepmc/annotations_api",
        "https://www.ncbi.nlm.nih.gov/research/pubtator3-api",
        "https://tomesphere.com",
    ]
    assert [service.requests_per_second for service in services] == [5, 3, 3, 3]


def test_a_source_that_is_named_keeps_the_defaults_of_what_is_not(file: Path) -> None:
    config = load(file, TOPIC + "sources: {tomesphere: {contact: you@example.org}}")
    assert str(config.sources.tomesphere.base_url).rstrip("/") == "https://tomesphere.com"
    assert config.sources.tomesphere.contact == "you@example.org"


@pytest.mark.parametrize(
    ("directory", "expected"),
    [("data", "{folder}/data"), ("../data", "{folder}/../data"), ("/srv/papers", "/srv/papers"), ("~/p", "{home}/p")],
)
def test_the_directory_starts_in_the_files_folder(
    file: Path, monkeypatch: pytest.MonkeyPatch, directory: str, expected: str
) -> None:
    monkeypatch.chdir("/")
    config = load(file, TOPIC + f"warehouse: {{directory: {directory}}}")
    assert str(config.directory) == expected.format(folder=file.parent, home=Path.home())


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PAPERHOUSE_CONFIG", raising=False)
    assert locate(None) == tmp_path / "paperhouse.yaml"
    monkeypatch.setenv("PAPERHOUSE_CONFIG", "")
    assert locate(None) == tmp_path / "paperhouse.yaml"
    monkeypatch.setenv("PAPERHOUSE_CONFIG", "other/named.yaml")
    assert locate(None) == tmp_path / "other" / "named.yaml"
    assert locate("given.yaml") == tmp_path / "given.yaml"


def test_the_environment_names_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(TOPIC, encoding="utf-8")
    monkeypatch.setenv("PAPERHOUSE_CONFIG", str(file))
    assert load_config().file == file


def test_topics_are_selected_in_the_files_order(file: Path) -> None:
    config = load(file, FULL)
    assert [topic.name for topic in config.select([])] == ["nelm", "reading-list", "local-pages", "local-jats"]
    assert [topic.name for topic in config.select(["local-jats", "nelm", "nelm"])] == ["nelm", "local-jats"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("local-jat", "did you mean 'local-jats'?"), ("nothing-like-it", "no topic is called 'nothing-like-it'")],
)
def test_a_topic_that_is_not_there(file: Path, name: str, remedy: str) -> None:
    config = load(file, FULL)
    with pytest.raises(ConfigError) as refused:
        config.select(["nelm", name])
    assert str(refused.value).startswith(f"{file}: no topic is called {name!r}")
    assert remedy in str(refused.value)


def topic(settings: str) -> str:
    return f"topics: [{{{settings}}}]\n"


@pytest.mark.parametrize(
    ("text", "path", "remedy"),
    [
        pytest.param(TOPIC + "warehous: {}", "warehous", "did you mean 'warehouse'?", id="unknown key"),
        pytest.param(TOPIC + "warehouse: {dir: x}", "warehouse.dir", "did you mean 'directory'?", id="below warehouse"),
        pytest.param(
            TOPIC + "sources: {tomespher: {}}", "sources.tomespher", "did you mean 'tomesphere'?", id="below sources"
        ),
        pytest.param(
            TOPIC + "sources: {pubtator: {base_ul: x}}",
            "sources.pubtator.base_ul",
            "did you mean 'base_url'?",
            id="below a service",
        ),
        pytest.param(
            TOPIC + "vocabularies: {mondo: x}", "vocabularies.mondo", "did you mean 'mondo_mesh'?", id="vocabulary"
        ),
        pytest.param(
            topic("name: a, source: tomesphere, ids: [P], idz: [Q]"),
            "topics[0].idz",
            "did you mean 'ids'?",
            id="below a topic",
        ),
        pytest.param(
            TOPIC + "warehouse: {xyzzy: 1}", "warehouse.xyzzy", "valid keys: directory", id="unknown and nothing near"
        ),
        # A key that must be there and is misspelt is both missing and unknown; the misspelling is what helps.
        pytest.param("topic: []", "topic", "did you mean 'topics'?", id="misspelt topics"),
        pytest.param(
            topic("nmae: a, source: jats, path: x"), "topics[0].nmae", "did you mean 'name'?", id="misspelt name"
        ),
        pytest.param(
            topic("name: a, source: jats, pth: x"), "topics[0].pth", "did you mean 'path'?", id="misspelt path"
        ),
        pytest.param(
            topic("name: a, sorce: jats, path: x"), "topics[0].sorce", "did you mean 'source'?", id="misspelt source"
        ),
    ],
)
def test_an_unknown_key_and_the_nearest_valid_one(file: Path, text: str, path: str, remedy: str) -> None:
    file.write_text(text, encoding="utf-8")
    message = problem(file)
    assert message.startswith(f"{path}: unknown key")
    assert remedy in message


@pytest.mark.parametrize(
    ("text", "path", "remedy"),
    [
        pytest.param(topic("name: a, source: jats, path: 3"), "topics[0].path", "valid string; got 3", id="no text"),
        pytest.param(
            topic("name: a, source: tomesphere, ids: PMC1"), "topics[0].ids", "valid list; got 'PMC1'", id="no list"
        ),
        pytest.param(
            topic("name: a, source: tomesphere, ids: [PMC1, {a: 1}]"), "topics[0].ids[1]", "valid string", id="id"
        ),
        pytest.param(
            topic("name: a b, source: jats, path: x"), "topics[0].name", "match pattern", id="name with a space"
        ),
        pytest.param(
            topic("name: a, source: europepmc, query: x, since: soon"), "topics[0].since", "got 'soon'", id="no date"
        ),
        pytest.param(
            topic("name: a, source: europepmc, query: x, entities: [pubtater]"),
            "topics[0].entities[0]",
            "'pubtator' or 'europepmc'",
            id="unknown service",
        ),
        pytest.param("topics: x", "topics", "valid list; got 'x'", id="topics are no list"),
        pytest.param("topics: [x]", "topics[0]", "got 'x'", id="a topic is no mapping"),
        pytest.param("topics: []", "topics", "at least 1", id="no topic"),
        pytest.param(TOPIC + "sources:", "sources", "valid dictionary", id="a section without content"),
        pytest.param(
            TOPIC + "sources: {tomesphere: {requests_per_second: 0}}",
            "sources.tomesphere.requests_per_second",
            "greater than 0; got 0",
            id="out of bounds",
        ),
        pytest.param(
            TOPIC + "sources: {tomesphere: {base_url: nowhere}}",
            "sources.tomesphere.base_url",
            "valid URL",
            id="no address",
        ),
        pytest.param(TOPIC + "warehouse: {directory: 5}", "warehouse.directory", "got 5", id="no path"),
        pytest.param(
            topic("name: a, source: pubmed"),
            "topics[0].source",
            "unknown source 'pubmed'; use one of europepmc, tomesphere, jats",
            id="unknown source",
        ),
        pytest.param(topic("name: a"), "topics[0].source", "is missing; add one of", id="no source"),
        pytest.param(topic("source: jats, path: x"), "topics[0].name", "is missing; add it", id="no name"),
        pytest.param(topic("name: a, source: jats"), "topics[0].path", "is missing; add it", id="no path given"),
        pytest.param("warehouse: {directory: x}", "topics", "is missing; add it", id="no topics"),
        pytest.param(
            topic("name: a, source: tomesphere, ids: [P], path: x"), "topics[0]", "either ids", id="both ids and path"
        ),
        pytest.param(topic("name: a, source: tomesphere"), "topics[0]", "either ids", id="neither ids nor path"),
        pytest.param(
            "topics: [{name: a, source: jats, path: x}, {name: a, source: tomesphere, path: y}]",
            "two topics are called 'a'",
            "give each its own name",
            id="doubled name",
        ),
        pytest.param(TOPIC + TOPIC, "line 2, column 1", "'topics' is written twice; mend", id="doubled key"),
        pytest.param(
            "topics:\n- name: a\n  source: jats\n  name: b\n",
            "line 4, column 3",
            "'name' is written twice; mend",
            id="doubled key in a topic",
        ),
        pytest.param("topics: [1\n", "line 2, column 1", "not valid YAML", id="a bracket stays open"),
        pytest.param("topics:\n\t- name: a\n", "line 2, column 1", "mend that line", id="a tab"),
        pytest.param(TOPIC + "---\n" + TOPIC, "line 2, column 1", "another document", id="two documents"),
        # Values that look like a date or a number to YAML and are none are mistakes of the user's as well.
        pytest.param(
            "topics:\n- name: a\n  source: europepmc\n  query: x\n  since: 2024-02-30\n", "", "2024-02-30",
            id="a day that no month has",
        ),
        pytest.param(TOPIC + "vocabularies: {mondo_mesh: !!int x}", "", "not valid YAML", id="a tag that does not fit"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_place_and_remedy(file: Path, text: str, path: str, remedy: str) -> None:
    file.write_text(text, encoding="utf-8")
    message = problem(file)
    assert message.startswith(path)
    assert remedy in message


@pytest.mark.parametrize("text", ["", "# only a comment\n", "- a list\n", "a word"])
def test_a_file_without_settings(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert problem(file) == "the file holds no settings; it needs at least `topics:` with one topic"


def test_a_file_that_is_not_there(file: Path) -> None:
    assert problem(file) == "no such configuration file; write one, or name it with --config or PAPERHOUSE_CONFIG"


def test_a_folder_is_no_file(file: Path) -> None:
    file.mkdir()
    assert problem(file) == "cannot be read: Is a directory; name a text file of YAML that you may read"


@pytest.mark.parametrize("content", [TOPIC.replace("a", "ä").encode("latin-1"), TOPIC.encode("utf-16")])
def test_a_file_that_is_not_utf_8(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert "utf-8" in problem(file).lower()


def test_several_mistakes_are_counted(file: Path) -> None:
    file.write_text(TOPIC + "warehouse: {dir: x}\nvocabularies: {mondo: x}\n", encoding="utf-8")
    assert problem(file).endswith("(and 1 more)")


def test_a_byte_order_mark_does_no_harm(file: Path) -> None:
    assert load(file, "\ufeff" + TOPIC).topics[0].name == "a"


def test_yaml_may_share_settings(file: Path) -> None:
    """Anchors and merge keys are YAML's own; a key beside the merge overrides it and is not written twice."""
    shared = "sources:\n  europepmc: &polite {contact: me@example.org, requests_per_second: 1}\n"
    config = load(file, shared + "  annotations: {<<: *polite, requests_per_second: 2}\n" + TOPIC)
    assert config.sources.annotations.contact == "me@example.org"
    assert config.sources.annotations.requests_per_second == 2


@pytest.mark.parametrize(
    ("written", "meant"), [("off", "off"), ('"off"', "off"), ("abstract", "abstract"), ("full_text", "full_text")]
)
def test_what_is_indexed_for_search(file: Path, written: str, meant: str) -> None:
    """YAML reads a bare off as false."""
    assert load(file, f"warehouse: {{search: {written}}}\n{TOPIC}").warehouse.search == meant


@pytest.mark.parametrize("address", ["htp://reader:s3cret@127.0.0.1/", "http://reader:s3cret@127.0.0.1:99999999/"])
def test_a_password_in_an_address_is_not_repeated(file: Path, address: str) -> None:
    file.write_text(f"{TOPIC}sources: {{tomesphere: {{base_url: '{address}'}}}}\n")
    told = problem(file)
    assert "***@127.0.0.1" in told
    assert "reader" not in told and "s3cret" not in told
