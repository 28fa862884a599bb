"""The page's files: made once, whole or not at all, sent packed under an address that names their content."""

from __future__ import annotations

import gzip
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from playground.ui.page.build import KEPT_SECONDS, build
from tests.e2e.conftest import Server
from tests.ui.shell_server import shell_server
from tests.ui.test_page import DIST, get

[MAIN] = [path.name for path in (DIST / "assets").glob("index-*.js")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with shell_server(tmp_path_factory.mktemp("build")) as running:
        yield running


@pytest.fixture(scope="module")
def kept_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the build of the pinned Chainlit lies; not to be changed."""
    folder = tmp_path_factory.mktemp("kept")
    build(DIST, folder)
    return folder


def small(folder: Path, script: str = "console.log('another page')") -> Path:
    """A front end that is none of Chainlit's."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<script type="module" src="/assets/index-abc.js"></script>')
    (folder / "assets" / "index-abc.js").write_text(script)
    (folder / "assets" / "style.css").write_text("a { color: red }")
    (folder / "assets" / "index-abc.js.map").write_text("{}")
    return folder


def test_the_pinned_chainlits_script_is_changed(kept_in: Path) -> None:
    made = build(DIST, kept_in)
    assert made.patched
    script = (made.folder / MAIN).read_text(encoding="utf-8")
    assert "playgroundDrawn" in script
    assert gzip.decompress((made.folder / f"{MAIN}.gz").read_bytes()).decode() == script


def test_a_build_is_made_once_and_found_again(kept_in: Path) -> None:
    [folder] = kept_in.iterdir()
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert build(DIST, kept_in).folder == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_starts_at_the_same_time_make_one_whole_build(tmp_path: Path) -> None:
    dist, kept = small(tmp_path / "dist"), tmp_path / "kept"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: build(dist, kept, as_shipped=True), range(8)))
    assert [path.name for path in kept.iterdir()] == [made[0].key]
    assert {each.folder for each in made} == {made[0].folder}
    assert (made[0].folder / "index-abc.js.gz").exists()


def test_another_script_is_served_as_shipped_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        made = build(small(tmp_path / "dist"), tmp_path / "kept")
    assert not made.patched
    assert (made.folder / "index-abc.js").read_text() == "console.log('another page')"
    assert "as Chainlit ships it" in caplog.text
    assert "The Markdown plugins" in caplog.text


def test_the_script_is_as_shipped_where_that_is_asked_for(tmp_path: Path, kept_in: Path) -> None:
    made = build(DIST, tmp_path, as_shipped=True)
    assert not made.patched
    assert (made.folder / MAIN).read_bytes() == (DIST / "assets" / MAIN).read_bytes()
    assert made.key != build(DIST, kept_in).key


def test_another_content_has_another_address(tmp_path: Path) -> None:
    one = build(small(tmp_path / "one"), tmp_path / "kept")
    two = build(small(tmp_path / "two", "console.log('longer than the other page')"), tmp_path / "kept")
    assert one.key != two.key
    assert one.addressed('<script src="/assets/a.js">') == f'<script src="/assets/{one.key}/a.js">'


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file, not a folder")
    with caplog.at_level(logging.WARNING):
        made = build(small(tmp_path / "dist"), taken)
    assert (made.folder / "index-abc.js").exists()
    assert "made again at the next start" in caplog.text


def test_builds_that_nobody_uses_any_more_are_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    old, recent = kept / "old", kept / "recent"
    for folder in (old, recent):
        folder.mkdir(parents=True)
    long_ago = time.time() - KEPT_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    made = build(small(tmp_path / "dist"), kept)
    assert {path.name for path in kept.iterdir()} == {made.key, "recent"}


def test_a_build_that_broke_off_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    dist, kept = small(tmp_path / "dist"), tmp_path / "kept"
    (dist / "assets" / "index-abc.js").unlink()
    with pytest.raises(FileNotFoundError):
        build(dist, kept)
    shutil.rmtree(dist)
    assert not kept.exists() or list(kept.iterdir()) == []
    assert (build(small(tmp_path / "dist"), kept).folder / "index-abc.js").exists()


def test_the_main_script_comes_packed_and_changed_and_may_be_kept_for_good(server: Server) -> None:
    [path] = re.findall(rf'src="(/assets/\w+/{re.escape(MAIN)})"', get(server, "/").text)
    packed = get(server, path)
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"]
    assert "playgroundDrawn" in packed.text
    plain = httpx.get(server.url + path, headers={"accept-encoding": "identity"}, trust_env=False)
    assert "content-encoding" not in plain.headers
    assert plain.text == packed.text


def test_every_file_the_page_names_is_there(server: Server) -> None:
    named = re.findall(r'(?:src|href)="(/[^"]+)"', get(server, "/").text)
    assert len(named) >= 5
    for path in named:
        assert get(server, path).status_code == 200, path


def test_other_scripts_find_the_main_one_beside_them(server: Server) -> None:
    [folder] = re.findall(rf'src="(/assets/\w+/){re.escape(MAIN)}"', get(server, "/").text)
    importing = [path for path in (DIST / "assets").glob("*.js") if f"./{MAIN}" in path.read_text(encoding="utf-8")]
    assert importing
    for path in importing:
        if path.name != MAIN:
            assert get(server, folder + path.name).text == path.read_text(encoding="utf-8")


def test_a_file_that_the_script_names_without_the_key_is_there(server: Server) -> None:
    named = set(re.findall(r'"(/assets/[\w.-]+)"', (DIST / "assets" / MAIN).read_text(encoding="utf-8")))
    assert named
    for path in named:
        assert get(server, path).status_code == 200, path


@pytest.mark.parametrize("name", [f"{MAIN}.map", f"{MAIN}.gz", "none.js", "patched", "..%2f..%2fapp.py"])
def test_what_is_not_the_pages_is_not_served(server: Server, name: str) -> None:
    [key] = re.findall(rf'src="/assets/(\w+)/{re.escape(MAIN)}"', get(server, "/").text)
    assert get(server, f"/assets/{key}/{name}").status_code in (400, 404)
    assert get(server, f"/assets/{name}").status_code in (400, 404)


def test_the_address_of_another_build_is_not_answered_with_this_one(server: Server) -> None:
    assert get(server, f"/assets/0123456789ab/{MAIN}").status_code == 404
