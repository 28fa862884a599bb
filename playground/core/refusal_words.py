"""The words by which servers refuse a field, a role or a route: a pattern for each meaning. See `adapting`."""

from __future__ import annotations

import re

_NOT = r"(not (yet |currently )?(supported|allowed|permitted|enabled|accepted|available)|unsupported|deprecated)"
LIMIT_REFUSED = re.compile(rf"max_(completion_)?tokens\b.{{0,80}}{_NOT}", re.DOTALL | re.IGNORECASE)
SYSTEM = re.compile(
    rf"\b(system|developer)\b.{{0,12}}\b(role|message|prompt|instruction)s?\b.{{0,60}}{_NOT}|"
    rf"\brole\b.{{0,20}}\b(system|developer)\b.{{0,60}}{_NOT}|"
    r"does not support .{0,3}(system|developer)\b|unknown variant .(system|developer)\b|"
    r"(unknown|invalid|unexpected|unsupported) (message )?role.{0,20}\b(system|developer)\b",
    re.IGNORECASE,
)
ALTERNATE = re.compile(
    r"\balternat(e|es|ing)\b|consecutive .{0,30}(role|message|turn)s?\b|(messages|turns) .{0,30}same role",
    re.IGNORECASE,
)
NO_CHAT = re.compile(
    r"chat template.{0,80}(no longer allowed|not set|not defined|must provide|required|missing)|template not found|"
    r"(no|without a|must provide a|does not (have|define) a) chat[_ ]template|chat_template is not set|"
    r"not a chat model|"
    r"(does not|doesn't|do not) support (the )?(chat|messages)\b",
    re.IGNORECASE,
)
NO_COMPLETION = re.compile(
    r"this is a chat model|(does not|doesn't|do not) support (the )?((text )?completions?|generate)\b", re.IGNORECASE
)
# A value is at fault, not the field: leaving it out would hide what can be put right.
VALUE = re.compile(
    r"must be (in|between|one|at|less|greater|an?|>|<|positive|non-negative|strictly)|should be|\bbetween\b|"
    r"(less|greater|larger|smaller) than|max(imum)? (allowed|value|is|of)|minimum|out of range|exceed|"
    r"too (large|small|long|many|high|low)|grammar error|invalid (schema|grammar)|"
    r"valid (integer|number|string|list)",
    re.IGNORECASE,
)
NOT_TAKEN = re.compile(
    rf"extra (inputs?|fields?) (are |is )?not permitted|extra_forbidden|{_NOT}|(does|do) not support|was unexpected|"
    r"un(expected|recognized|recognised|known|supported) (request )?"
    r"(fields?|keyword|arguments?|parameters?|propert(y|ies)|options?|names?|values?|keys?)|"
    r"cannot find field|no such (parameter|field)|only the default",
    re.IGNORECASE,
)


def mentions(said: str, name: str) -> bool:
    """A name in quotes, in a path, behind a word for what it is, or first. "stop" is an English word as well."""
    called = re.escape(name)
    if "_" in name or name in ("temperature", "logprobs"):
        return bool(re.search(rf"(?<![\w-]){called}(?![\w-])", said))
    return bool(
        re.search(
            rf"['\"`“‘]{called}['\"`”’]|\bbody\.{called}\b|^{called}\b|"
            rf"\b(parameter|argument|field|property|option|key|supplied)s?:? \[?{called}\b",
            said,
        )
    )
