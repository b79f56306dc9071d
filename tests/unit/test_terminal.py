"""Control characters in texts are shown on a terminal and in tables; files and pipes get them as they are."""

import io
import sys
import unicodedata

import duckdb
import pytest

from flows.shell import run_query
from flows.terminal import say_error, visible

HOSTILE = "\x1b[31mred\x1b]0;name\x07 \x9b31m \x7f \u202egnp.exe \u2066i\u2069 a\rb"
QUERY = "SELECT $1 AS title, [$1] AS titles"
TURNING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def unseen(text: str) -> set[str]:
    """The characters that a terminal obeys, or that turn what follows; ends of lines and tabs are meant."""
    lines = set(text.replace("\r\n", "\n")) - set("\n\t")
    return {char for char in lines if unicodedata.category(char) in ("Cc", "Zl", "Zp") or char in TURNING}


def test_every_control_character_is_shown_and_nothing_else_is_touched() -> None:
    everything = "".join(map(chr, range(0x3000)))
    assert unseen(everything) and unseen(visible(everything)) == set()
    harmless = "".join(char for char in everything if not unseen(char))
    assert visible(harmless) == harmless
    assert visible("a\r\n\tb") == "a\r\n\tb"
    assert visible("\x1b[2J\u202e") == "\\u001b[2J\\u202e"


@pytest.mark.parametrize("style", ["table", "csv", "json", "markdown"])
def test_an_answer_on_a_terminal(style: str, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert run_query(con, QUERY, style, [HOSTILE]) == 0
    assert "red" in terminal.getvalue() and "exe" in terminal.getvalue()
    assert unseen(terminal.getvalue()) == set()


@pytest.mark.parametrize("style", ["csv", "markdown"])
def test_an_answer_in_a_pipe_is_as_it_is(
    style: str, con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    run_query(con, QUERY, style, [HOSTILE])
    assert "\x1b[31mred\x1b]0;name\x07 \x9b31m" in capsys.readouterr().out


def test_a_table_and_an_error_show_them_everywhere(
    con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    run_query(con, QUERY, "table", [HOSTILE])
    run_query(con, f"SELECT '{HOSTILE}'::INTEGER AS n", "csv")
    say_error(f"paperhouse: {HOSTILE}")
    written = capsys.readouterr()
    assert unseen(written.out) == unseen(written.err) == set()
    assert written.err.count("\n") >= 2
