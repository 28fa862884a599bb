// Which times of a log are shown: all, the last minutes, or from one moment to another.
(() => {
  "use strict";
  const { make } = window.playground;
  const BETWEEN = "between";
  const TIMES = [
    ["", "All times"], ["300", "Last 5 min"], ["900", "Last 15 min"], ["3600", "Last hour"], [BETWEEN, "From … to …"],
  ];
  const BEFORE = 900; // seconds: where it begins until somebody says otherwise

  const two = (number) => String(number).padStart(2, "0");
  const day = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  // As a line says it: with its day, where that is not today.
  const said = (seconds) => {
    const at = new Date(seconds * 1000);
    return day(at) === day(new Date()) ? clock(at) : `${day(at)} ${clock(at)}`;
  };
  const seconds = (field) => {
    const at = field.value ? new Date(field.value).getTime() / 1000 : NaN;
    return Number.isFinite(at) ? at : null;
  };

  // The controls, in `bar` and in a line of their own below it. `changed({ last, between })` is called with seconds: a
  // number as text, "" for all; and { from, to }, either of them null where that end is open, or null.
  const controls = (bar, parent, changed) => {
    const select = make(bar, "select");
    select.setAttribute("aria-label", "Which times");
    select.append(...TIMES.map(([value, text]) => new Option(text, value)));
    const line = make(parent, "div", { className: "pg-logs-bar pg-logs-between", hidden: true });
    const field = (label) => {
      const around = make(line, "label", { textContent: `${label} ` });
      const made = make(around, "input", { type: "datetime-local", step: 1 });
      made.addEventListener("change", tell);
      return made;
    };
    const tell = () => {
      const [begin, end] = [seconds(from), seconds(to)];
      // A second is shown whole.
      changed({ last: "", between: { from: begin, to: end === null ? null : end + 0.999 } });
    };
    const from = field("From");
    const to = field("to");
    select.addEventListener("change", () => {
      line.hidden = select.value !== BETWEEN;
      if (select.value !== BETWEEN) return changed({ last: select.value, between: null });
      const begin = new Date(Date.now() - BEFORE * 1000);
      if (!from.value) from.value = `${day(begin)}T${clock(begin)}`;
      return tell();
    });
    return {
      show: ({ last, between }) => {
        select.value = between ? BETWEEN : last;
        line.hidden = !between;
      },
    };
  };

  window.playground.logTimes = { controls, said };
})();
