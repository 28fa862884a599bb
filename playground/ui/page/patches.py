"""The changes to the script of Chainlit's page, each with its reason: an answer that grows is drawn where it has grown.

As shipped, each token draws the whole chat again: all of an answer's Markdown, with new elements for the old ones, so
that a reader's selection, the scroll of a code block and an opened picture are lost, and a burst of 2,000 tokens takes
half a minute (Chainlit's issue 2604, https://github.com/Chainlit/chainlit/issues/2604). What the changed places call is
in public/page.js, public/blocks.js, public/code.js and public/markdown.js.

A change names its place by the code around it, with the names that the packer gave things captured, and its place must
be there exactly once: `patched` makes all of them or raises `ScriptChanged`, and the script is then served as shipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from re import Match

NAME = r"[A-Za-z_$][\w$]*"


class ScriptChanged(RuntimeError):
    """The page's script is not the one this was written for."""


def patched(script: str) -> str:
    """The main script of the page with every change made. Raises `ScriptChanged`."""
    for patch in PATCHES:
        script = patch.made_in(script)
    return script


@dataclass(frozen=True, slots=True)
class Patch:
    """One change: `what` it is about, the `place` it is made in, and the `new` text there.

    `places`: how often the place is there; None for at least once.
    """

    what: str
    place: re.Pattern[str]
    new: Callable[[Match[str]], str]
    places: int | None = 1

    def made_in(self, script: str) -> str:
        script, found = self.place.subn(self.new, script)
        if found != self.places and (self.places is not None or not found):
            raise ScriptChanged(f"{self.what}: its place was found {found} times")
        return script


def place(*sources: str, between: int = 0) -> re.Pattern[str]:
    """Code to look for: literal but for `<name>` (an identifier, the same one wherever the name is repeated) and `<*>`
    (any identifier). Between two sources there may be so many characters, captured as `between1`, `between2` and so on.
    """
    made, seen = [], set()
    for number, source in enumerate(sources):
        if number:
            made.append(rf"(?P<between{number}>[\s\S]{{0,{between}}}?)")
        for part in re.split(r"(<(?:\w+|\*)>)", source):
            if not re.fullmatch(r"<(?:\w+|\*)>", part):
                made.append(re.escape(part))
            elif part == "<*>":
                made.append(_IDENTIFIER)
            elif part in seen:
                made.append(rf"(?P={part[1:-1]})(?![\w$])")
            else:
                made.append(f"(?P{part}{_IDENTIFIER})")
                seen.add(part)
    return re.compile("".join(made))


_IDENTIFIER = r"(?<![\w$])[A-Za-z_$][\w$]*"


def _plugins(found: Match[str]) -> str:
    if f"{found['alerts']}=()=>" not in found.string:
        raise ScriptChanged("The last of the Markdown plugins is not the one for alerts.")
    rest = found[0].split(";", 1)[1]
    return f"let {found['list']}=[{found['cursor']},{found['tables']}];{rest}"


def _blocks(found: Match[str]) -> str:
    # refElements is another list each time; what counts is which elements it names.
    known = f"[({found['refs']}||[]).map(e=>e.id+e.name).join(),{found['api']}]"
    page = f"{{React:{found['React']},jsx:{found['jsx']}.jsx,Renderer:{found['renderer']}}}"
    how = f"{{remarkPlugins:{found['remark']},rehypePlugins:{found['rehype']},components:pgComponents}}"
    head, rest = found[0].split(f"return {found['jsx']}.jsx({found['renderer']},", 1)
    # Beside the component, where it is declared.
    head = f"pgWarm=globalThis.playgroundWarm(e=>{found['renderer']}(e)),{head}"
    components = rest.split("components:", 1)[1].removesuffix(f",children:{found['text']}}})}}")
    # The name of a link's element: the only text of it, which comes as a list (see "The children of an element").
    components = re.sub(r"\.name===([\w$]+)\)", r".name===String(\1))", components)
    return (
        f"{head}const pgComponents={found['React']}.useMemo(()=>({components}),{known});"
        f'return {found["jsx"]}.jsx("div",{{className:{found["cn"]}("prose lg:prose-xl",{found["more"]}),'
        f"children:globalThis.playgroundDrawn({page},{found['text']},{how})}})}}"
    )


def _code(found: Match[str]) -> str:
    colour = (
        f"{found['React']}.useEffect(()=>globalThis.playgroundColour({found['highlighter']},{found['ref']}.current,"
        f"{found['language']}),[{found['code']},{found['language']}])"
    )
    start, rest = found[0].split(f"{found['React']}.useEffect(", 1)
    return f"{start}{colour}{rest[rest.index(',[])') + 4 :]}".replace(
        "className:`language-", "className:`hljs language-"
    )


def _hook(found: Match[str]) -> str:
    get = found["get"]
    some = (
        f'pgSome={found["selector"]}({{key:"PlaygroundSome",get:({{get:e}})=>playgroundSome(e({found["messages"]}))}})'
    )
    head = found[0][: found[0].rindex(f"{found['hook']}=()=>")]
    return (
        f"{head}{some},{found['hook']}=()=>{{let {found['told']}={get}({found['first']});"
        f"return{{threadId:{get}({found['thread']}),get messages(){{return {get}({found['messages']})}},"
        f"get some(){{return {get}(pgSome)}},firstInteraction:{found['told']}}}}}"
    )


def _around(found: Match[str]) -> str:
    jsx, message, running = found["jsx"], found["message"], found["running"]
    head, drawn = found[0].rsplit("return ", 1)
    drawn = drawn.removesuffix(f",{message}.id)").replace(
        f"isRunning:{running},", f"isRunning:{running}&&!globalThis.playgroundOver({message}),"
    )
    around = f"globalThis.playgroundAround({found['around']},{message})"
    return f"{head}return {jsx}.jsx({found['context']}.Provider,{{value:{around},children:{drawn})}},{message}.id)"


def _following(found: Match[str]) -> str:
    pane, end, follow = found["pane"], found["end"], found["follow"]
    head, _told = found[0].split(f"{follow}&&(", 1)
    return (
        head.replace(f"||{found['gliding']})", f"||{found['gliding']}&&!globalThis.playgroundMoved())")
        + f"{follow}&&({follow}.current=globalThis.playgroundFollows({pane}.current,{end},{follow})),"
        + f"{found['show']}({follow}?!{follow}.current:!{end})}}"
    )


def _named(what: str, source: str, name: str) -> Patch:
    """A button that shows only a picture gets a name for who hears the page. `source` ends where a property may."""
    return Patch(f"The name of {what}", place(source), lambda f: f'{f[0]}"aria-label":"{name}",')


PATCHES: tuple[Patch, ...] = (
    # As shipped, "note:this" loses ":this" and a line with ":::" loses itself: an extension for directives, of which
    # the page draws none but alerts, which no model writes.
    Patch(
        "The Markdown plugins",
        place(
            "let <list>=[<cursor>,<tables>,<*>,<alerts>];return <*>&&(<list>=[...<list>,<*>]),<list>}",
        ),
        _plugins,
    ),
    Patch("The label of code without a language", place('||"Raw code"'), lambda _: '||"text"'),
    # The heart of it: the elements' makers stay the same from one draw to the next (new ones make React throw the old
    # elements away), and the text is drawn by blocks.
    Patch(
        "The Markdown component",
        place(
            "<component>=({allowHtml:<*>,latex:<*>,renderMarkdown:<*>,refElements:<refs>,className:<more>,children:<text>})=>"
            "{const <api>=<React>.useContext(",
            'return <jsx>.jsx(<renderer>,{className:<cn>("prose lg:prose-xl",<more>),remarkPlugins:<remark>,'
            "rehypePlugins:<rehype>,components:{...<alerts>,code(",
            "return <alerts>.Alert({variant:<*>,children:<*>})}},children:<text>})}",
            between=9000,
        ),
        _blocks,
    ),
    # A text completion is shown as it came, by the page's own way for text that is no Markdown.
    Patch(
        "An answer's text",
        place(
            "message:<message>,allowHtml:<*>,latex:<*>,renderMarkdown:!0}),<*>.jsx(<*>,{messageId:<message>.id,",
        ),
        lambda f: f[0].replace("renderMarkdown:!0", f"renderMarkdown:!({f['message']}.metadata||{{}}).raw"),
    ),
    # React replaces the text of a node; a selection in it, and its scroll, would go with the old text.
    Patch(
        "The text of an element",
        place("<node>===<*>.lastChild&&<node>.nodeType===3){<node>.nodeValue=<text>;return}"),
        lambda f: f[0].replace(
            f"{f['node']}.nodeValue={f['text']};", f"globalThis.playgroundGrow({f['node']},{f['text']});"
        ),
    ),
    Patch(
        "The text of a text node",
        place("<node>=<fiber>.stateNode,<text>=<fiber>.memoizedProps;try{<node>.nodeValue=<text>}catch("),
        lambda f: f[0].replace(
            f"{f['node']}.nodeValue={f['text']}", f"globalThis.playgroundGrow({f['node']},{f['text']})"
        ),
    ),
    # React gives an element with one child a bare text, and one with two a node of text: when the cursor goes, at the
    # end of an answer, its last text would be made anew.
    Patch(
        "The children of an element",
        place(
            "(<props>,<all>){if(<all>.length>0){const <one>=<all>.length>1?<all>:<all>[0];"
            "<one>&&(<props>.children=<one>)}}"
        ),
        lambda f: f"({f['props']},{f['all']}){{if({f['all']}.length>0){f['props']}.children={f['all']}}}",
    ),
    # As shipped, no picture that comes inside an answer is shown.
    Patch(
        "The addresses of pictures",
        place("<*>.urlTransform||<rule>,"),
        lambda f: f[0].replace(f"||{f['rule']},", f"||globalThis.playgroundAddress({f['rule']}),"),
    ),
    # As shipped, code is coloured once, by replacing its text, and plain again as soon as it grows.
    Patch(
        "The colours of code",
        place(
            "=({language:<language>,children:<code>})=>{const <ref>=<React>.useRef(null);"
            'return <highlighter>.getLanguage(<language>)||(<language>="txt"),<React>.useEffect(()=>{'
            '<ref>.current&&(<ref>.current.getAttribute("data-highlighted")==="yes"||'
            "<highlighter>.highlightElement(<ref>.current))},[])",
            "className:`language-${<language>} font-mono",
            between=120,
        ),
        _code,
    ),
    # Whoever asks for the chat's id gets all its messages as well, and is drawn again with each frame: the chat, the
    # composer, the buttons under every answer. Here only who takes the messages gets them.
    Patch(
        "The hook for messages",
        place(
            '<selector>({key:"SessionIdSelector",',
            "<hook>=()=>{let <all>=<get>(<messages>),<told>=<get>(<first>);return{threadId:<get>(<thread>),"
            "messages:<all>,firstInteraction:<told>}}",
            between=60_000,
        ),
        _hook,
    ),
    Patch(
        "The composer",
        place("const{messages:<all>}=<hook>();return!<has>(<all>)&&!<empty>?null:"),
        lambda f: f"const{{some:{f['all']}}}={f['hook']}();return!{f['all']}&&!{f['empty']}?null:",
    ),
    Patch(
        "The welcome",
        place(
            "{messages:<all>}=<hook>(),", 'return <has>(<all>)?null:<*>.jsxs("div",{id:"welcome-screen",', between=1500
        ),
        lambda f: (
            f[0]
            .replace(f"{{messages:{f['all']}}}", f"{{some:{f['all']}}}", 1)
            .replace(f"return {f['has']}({f['all']})?", f"return {f['all']}?")
        ),
    ),
    # An answer is drawn again when something of its own has changed, not when another one gets a button or a picture.
    Patch(
        "A message",
        place("<React>.memo(({message:<*>,elements:<*>,actions:<*>,isRunning:<*>,"),
        lambda f: f[0].replace(f"{f['React']}.memo(", f"(draw=>{f['React']}.memo(draw,globalThis.playgroundSame))(", 1),
    ),
    # All turns would be drawn again when an answer begins and when it ends, since their buttons are off meanwhile.
    Patch(
        "What a message is told",
        place(
            "const <around>=<React>.useContext(<context>),<*>=<React>.useMemo(()=><*>.findLast(",
            "return <jsx>.jsx(<draw>,{message:<message>,elements:<*>,actions:<*>,indent:<*>,isRunning:<running>,"
            "scorableRun:<*>,isScorable:<*>},<message>.id)",
            between=1500,
        ),
        _around,
    ),
    # As shipped, a reader who has pressed the button to the end cannot leave it again while text comes, and a picture
    # that comes late counts as the reader's going up.
    Patch(
        "Following",
        place(
            "<seen>=()=>{if(!<pane>.current||<gliding>)return;const{scrollTop:<top>,scrollHeight:<all>,"
            "clientHeight:<height>}=<pane>.current,<end>=<top>+<height>>=<all>-10;"
            "<follow>&&(<follow>.current=<end>),<show>(!<end>)}"
        ),
        _following,
    ),
    Patch("Gliding", re.compile(r'behavior:"smooth"'), lambda _: "behavior:globalThis.playgroundGlide()", places=None),
    Patch(
        "The button to the end",
        place('{size:"icon",variant:"outline",className:"rounded-full",onClick:<*>,children:'),
        lambda f: f[0].replace("{", '{"aria-label":"Scroll to the end",title:"Scroll to the end",', 1),
    ),
    _named("the button to send", 'id:"chat-submit",', "Send"),
    _named("the button to stop", 'id:"stop-button",', "Stop"),
    _named("the button for a new chat", 'id:"new-chat-button",', "New chat"),
    _named("the button to edit", 'className:"edit-message ml-auto invisible group-hover:visible",', "Edit"),
    Patch(
        "The name of the button to copy",
        place('variant:"ghost",size:"icon",className:`text-muted-foreground ${<*>}`,children:<done>?'),
        lambda f: f'"aria-label":{f["done"]}?"Copied":"Copy",{f[0]}',
    ),
)
