"""The HTML that the app serves: Chainlit's own page, with our head, our look and no outside address.

Built once, from files, before anything is served; holds no request and no route. Chainlit's page is read, never copied,
so that a newer Chainlit brings its own; where it has changed so much that the result would be wrong, `PageChanged` is
raised at the start rather than a broken page served.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

_OUTSIDE = re.compile(r"(?:https?:)?//[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_LINK = re.compile(r"\s*<link\b[^>]*?>", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_REPLACED = re.compile(r'\s*<meta (?:name="viewport"|charset=)[^>]*>', re.IGNORECASE)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ROOT = '<div id="root"></div>'

# Chainlit's theme provider does the same, but only once its 4.6 MB are loaded: until then a dark desktop would be
# dazzled. It also looks at the system's choice only when it starts; this follows it.
_THEME_SCRIPT = """
window.theme = %s;
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const draw = () => {
    let chosen = null;
    try { chosen = localStorage.getItem("vite-ui-theme"); } catch { /* storage is switched off */ }
    const shown = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
    const root = document.documentElement;
    root.classList.remove("light", "dark");
    root.classList.add(shown);
    for (const [name, value] of Object.entries(window.theme[shown])) root.style.setProperty(name, value);
  };
  draw();
  dark.addEventListener("change", draw);
})();
"""


class PageChanged(RuntimeError):
    """Chainlit's page is not the one this was written for."""


@dataclass(frozen=True, slots=True)
class Page:
    """`html` is what is sent; `scripts` its inline scripts, as sources for a Content-Security-Policy's script-src."""

    html: str
    scripts: tuple[str, ...]


def build_page(
    *,
    dist: Path,
    theme: Path,
    own: Iterable[str],
    name: str,
    description: str,
    address: str = "",
    addressed: Callable[[str], str] = str,
) -> Page:
    """`dist`: Chainlit's built front end, with index.html. `theme`: the file with the colours. `own`: the names of our
    scripts and styles among the assets.

    `address`: where the world finds the app (`https://chat.example.org`), if that is known; social sites want whole
    addresses. `addressed`: gives the shipped files the addresses they are served by. Raises PageChanged, or OSError
    where a file is missing.
    """
    shipped = (dist / "index.html").read_text(encoding="utf-8")
    if _ROOT not in shipped or "</head>" not in shipped or not re.search(r'<script type="module"[^>]*src="/', shipped):
        raise PageChanged("The page shipped with Chainlit has no root, head or script where they were.")
    html = _COMMENT.sub("", shipped)
    html = _LINK.sub(lambda link: "" if _OUTSIDE.search(link[0]) else link[0], html)
    html = _REPLACED.sub("", html)
    if found := _OUTSIDE.search(html):
        raise PageChanged(f"The page shipped with Chainlit names an outside address: {found[0]}")
    head, rest = html.split("<head>", 1)
    own = tuple(own)
    scripts = [f'<script src="/assets/{file}"></script>' for file in own if file.endswith(".js")]
    html = f"{head}<head>\n{_head(theme, name, description, address, scripts)}{rest}"
    # Last, so that ours wins over a rule of Chainlit's that weighs the same.
    for file in own:
        if file.endswith(".css"):
            html = html.replace("</head>", f'  <link rel="stylesheet" href="/assets/{file}">\n  </head>')
    html = addressed(html.replace(_ROOT, f'<div id="root">{_first_words(name)}</div>'))
    return Page(html, tuple(f"'sha256-{_digest(script)}'" for script in _INLINE.findall(html)))


def _head(theme_file: Path, name: str, description: str, address: str, scripts: list[str]) -> str:
    theme = json.loads(theme_file.read_text(encoding="utf-8"))["variables"]
    # "<" cannot end the script early: a theme may be anybody's file.
    as_script = _THEME_SCRIPT % json.dumps(theme).replace("<", "\\u003c")
    title, about, where = escape(name), escape(description), escape(address.rstrip("/"))
    lines = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">',
        f"<title>{title}</title>",
        f'<meta name="description" content="{about}">',
        '<meta name="robots" content="noindex">',
        '<meta name="color-scheme" content="light dark">',
        _bar_colour("light", theme["light"]["--background"]),
        _bar_colour("dark", theme["dark"]["--background"]),
        '<link rel="icon" href="/favicon" type="image/svg+xml">',
        '<meta property="og:type" content="website">',
        f'<meta property="og:title" content="{title}">',
        f'<meta property="og:description" content="{about}">',
        f'<meta property="og:image" content="{where}/public/card.png">',
        f'<meta property="og:image:alt" content="{title}">',
        '<meta name="twitter:card" content="summary_large_image">',
        # Chainlit's router reads where it is mounted from this one.
        '<meta property="og:root_path" content="">',
        f"<script>{as_script}</script>",
        *scripts,
    ]
    if address:
        lines.insert(-1 - len(scripts), f'<meta property="og:url" content="{where}/">')
    return "".join(f"    {line}\n" for line in lines)


def _bar_colour(scheme: str, hsl: str) -> str:
    """Of the bars that a phone's browser draws around the page."""
    return f'<meta name="theme-color" media="(prefers-color-scheme: {scheme})" content="hsl({escape(hsl)})">'


def _first_words(name: str) -> str:
    """What stands there until the app's script has run, and for good where scripts are off."""
    return (
        f'<p class="pg-loading">{escape(name)} is loading…</p>'
        f"<noscript><p>{escape(name)} needs JavaScript, which is switched off in this browser.</p></noscript>"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
