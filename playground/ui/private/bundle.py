"""Changes to the script of Chainlit's page, made while it is served: where an answer's text would be lost.

As shipped, "note:this" loses ":this" and a line with ":::" loses itself (a Markdown extension for directives, of which
the page draws none), and a "$" in a price begins a formula. Each change must find its place exactly once; otherwise
`BundleChanged` is raised and the caller serves the script as shipped.
"""

from __future__ import annotations

import re

_NAME = r"[A-Za-z_$][\w$]*"
# The Markdown component: NAME=({allowHtml:a,…,renderMarkdown:c,…,children:i})=>{
_COMPONENT = re.compile(
    rf"=\(\{{allowHtml:{_NAME},latex:{_NAME},renderMarkdown:(?P<render>{_NAME}),refElements:{_NAME},className:{_NAME},"
    rf"children:(?P<text>{_NAME})\}}\)=>\{{"
)
# Its plugins: let l=[cursor,tables,directives,alerts];return latex&&(l=[...l,formulas]),l
_PLUGINS = re.compile(
    rf"let (?P<list>{_NAME})=\[(?P<cursor>{_NAME}),(?P<tables>{_NAME}),{_NAME},(?P<alerts>{_NAME})\];"
    rf"(?=return {_NAME}&&\((?P=list)=\[\.\.\.(?P=list),{_NAME}\]\),(?P=list)\}})"
)
_RAW_CODE = re.compile(r'\|\|"Raw code"')


class BundleChanged(RuntimeError):
    """The page's script is not the one this was written for."""


def patched(script: str) -> str:
    """The main script of the page, changed. Raises BundleChanged."""
    plugins = _once(_PLUGINS, script, "the Markdown plugins")
    if f"{plugins['alerts']}=()=>" not in script:
        raise BundleChanged("The last of the Markdown plugins is not the one for alerts.")
    component = _once(_COMPONENT, script, "the Markdown component")
    _once(_RAW_CODE, script, "the label of code without a language")
    text, render = component["text"], component["render"]
    prepare = f"{render}!==!1&&globalThis.playgroundMarkdown&&({text}=globalThis.playgroundMarkdown({text}));"
    script = script.replace(component[0], component[0] + prepare)
    script = script.replace(plugins[0], f"let {plugins['list']}=[{plugins['cursor']},{plugins['tables']}];")
    return _RAW_CODE.sub('||"text"', script)


def _once(pattern: re.Pattern[str], script: str, what: str) -> re.Match[str]:
    found = list(pattern.finditer(script))
    if len(found) != 1:
        raise BundleChanged(f"{what} found {len(found)} times, not once")
    return found[0]
