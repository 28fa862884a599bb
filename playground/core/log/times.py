"""The time that a line names, by a table of the ways in which servers write it."""

from __future__ import annotations

import re
from calendar import timegm

_MONTHS = {
    name: at
    for at, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1
    )
}
# The first time of day in a line; nothing else is looked for in a line without one.
_CLOCK = re.compile(
    r"(?<!\d)(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?"
    r"(?: ?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)\b)?"
)
# The day in front of it, each with the groups that it needs.
_DAYS = (
    # Most programs, docker -t, journalctl -o short-iso; nginx's errors have slashes.
    re.compile(r"(?:^|\D)(?P<year>20\d\d)[-/](?P<month>\d\d)[-/](?P<day>\d\d)[T ]$"),
    # vLLM: INFO 11-25 01:02:03 [loggers.py:123]
    re.compile(r"(?:^|[^\d-])(?P<month>\d\d)-(?P<day>\d\d) $"),
    # klog: E1125 01:02:03.456789    1 file.go:12]
    re.compile(r"(?:^|[ |])[IWEF](?P<month>\d\d)(?P<day>\d\d) $"),
    # Access logs of nginx and Apache.
    re.compile(r"\[(?P<day>\d\d)/(?P<name>[A-Z][a-z]{2})/(?P<year>20\d\d):$"),
    # syslog, journalctl
    re.compile(r"(?:^|[| ])(?P<name>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) $"),
)
# In lines of JSON: seconds or milliseconds since 1970.
_EPOCH = re.compile(r'"(?:ts|time|timestamp)":\s*(?P<seconds>1\d{9})(?P<more>\d{3})?(?:\.(?P<part>\d{1,9}))?\b')
# A time stands near the beginning of a line.
WITHIN = 120
_DAY = 86_400.0


def own_time(text: str, arrived: float, offset: float) -> tuple[float, bool] | None:
    """The time that a line names, as wall-clock seconds, and whether it names its zone as well; None without one.

    `arrived` tells the year where the line has none. `offset`: seconds by which clocks of the zone that is assumed
    where the line names none are ahead of UTC.
    """
    head = text[:WITHIN]
    if head[:1] == "{" and (found := _EPOCH.search(head)):
        return int(found["seconds"]) + float(f"0.{found['more'] or found['part'] or 0}"), True
    clock = _CLOCK.search(head)
    if clock is None:
        return None
    before = head[max(0, clock.start() - 14) : clock.start()]
    for shape in _DAYS:
        if day := shape.search(before):
            return _seconds({**clock.groupdict(), **day.groupdict()}, arrived, offset)
    return None


def _seconds(parts: dict[str, str | None], arrived: float, offset: float) -> tuple[float, bool] | None:
    month = _MONTHS.get(parts.get("name") or "", 0) or int(parts.get("month") or 0)
    day, hour, minute, second = (int(parts[name] or 0) for name in ("day", "hour", "minute", "second"))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        return None
    year = int(parts.get("year") or _year(arrived, month))
    zone = parts.get("zone")
    at = timegm((year, month, 1, hour, minute, second)) + (day - 1) * _DAY + float(f"0.{parts['part'] or 0}")
    return at - (offset if zone is None else _zone(zone)), zone is not None


def _year(arrived: float, month: int) -> int:
    """The year in which such a month was last: a line of December that comes in January is last year's."""
    # The mean year is near enough, except in the first days of January, for which the month makes up.
    days = arrived / _DAY
    year = int(1970 + days / 365.2425)
    in_year = days - (timegm((year, 1, 1, 0, 0, 0)) / _DAY)
    return year - 1 if (month - 1) * 30.4 > in_year + 40 else year


def _zone(zone: str) -> float:
    if zone in ("Z", "UTC"):
        return 0.0
    digits = zone[1:].replace(":", "")
    return (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1.0 if zone[0] == "-" else 1.0)
