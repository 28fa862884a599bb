// The panel of one answer: how it went, when what came, the call as a program, what became of each parameter, the tries
// with their headers, the events, the lines of the log. What comes from servers is foreign: it is only ever text.
(() => {
  "use strict";
  const { make, post, say, drawer, calm } = window.playground;
  const ui = {};
  let which = null; // { turn } or { run }
  let data = null;
  let later; // the next look at an answer that is under way
  let seen = false;
  let generation = 0;
  const PAGE = 200; // events that are added at a time

  // Opening it costs nothing but its own request: the app's own action is not called.
  addEventListener("click", (event) => {
    const button = event.target.closest?.('button[id*=":details:"]');
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    drawer.show("answer", { turn: button.id.slice(0, button.id.indexOf(":")) });
  }, true);

  // The app asks now and then when what it sent is painted: after the frame that is drawn next.
  addEventListener("message", (event) => {
    if (event.source !== window || event.data?.playground !== "frame" || document.hidden) return;
    const f = event.data.f;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.postMessage({ playground: "painted", f }, location.origin);
      port2.postMessage(null);
    });
  });

  const time = (seconds) => {
    if (seconds === null || seconds === undefined) return "unknown";
    if (seconds < 0.1) return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
    if (seconds < 10) return `${seconds.toFixed(2)} s`;
    return seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  };
  const clock = (at) => {
    const date = new Date(at * 1000);
    return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  };
  const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

  // Pieces that every part is made of.
  const button = (parent, text, work, kind = "pg-small") => {
    const made = make(parent, "button", { type: "button", className: kind, textContent: text });
    made.addEventListener("click", work);
    return made;
  };
  const copies = (parent, text, what) => {
    const made = button(parent, "Copy", async () => {
      try {
        await navigator.clipboard.writeText(text());
        made.textContent = "Copied";
      } catch {
        made.textContent = "Not copied";
      }
      setTimeout(() => { made.textContent = "Copy"; }, 1500);
    });
    made.setAttribute("aria-label", `Copy ${what}`);
    return made;
  };
  const code = (parent, text, label) => {
    const made = make(parent, "pre", { className: "pg-code", textContent: text, tabIndex: 0 });
    made.setAttribute("aria-label", label);
    return made;
  };
  const section = (title, name, open = false) => {
    const box = make(ui.body, "details", { className: "pg-part", open: ui.opened.get(name) ?? open });
    box.dataset.part = name;
    make(box, "summary", { textContent: title });
    box.addEventListener("toggle", () => ui.opened.set(name, box.open));
    return box;
  };
  const table = (parent, head, rows) => {
    const made = make(make(parent, "div", { className: "pg-scroll" }), "table", { className: "pg-table" });
    if (head) for (const name of head) make(made.tHead?.rows[0] ?? made.createTHead().insertRow(), "th", { textContent: name, scope: "col" });
    const body = made.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const cell of row) {
        const at = line.insertCell();
        if (cell instanceof Node) at.append(cell);
        else at.textContent = cell;
      }
    }
    return made;
  };

  const figures = () => {
    const list = make(ui.body, "dl", { className: "pg-figures" });
    for (const { label, text } of data.figures) {
      const box = make(list, "div");
      make(box, "dt", { textContent: label });
      make(box, "dd", { textContent: text });
    }
    if (!data.error) return;
    const box = make(ui.body, "div", { className: "pg-error" });
    make(box, "strong", { textContent: data.error.what });
    make(box, "p", { textContent: data.error.hint });
    if (data.error.said) code(box, data.error.said, "What the server said");
  };

  const links = () => {
    const box = make(ui.body, "div", { className: "pg-links" });
    const span = data.span;
    if (drawer.may("logs") && data.here && span && drawer.offered().includes("logs")) {
      button(box, "Show in the logs", () => drawer.show("logs", { around: span, find: data.ids[0] ?? "" }), "pg-second");
    }
    if (drawer.may("metrics") && data.here && span && drawer.offered().includes("metrics")) {
      button(box, "Show on the curves", () => drawer.show("metrics", { span }), "pg-second");
    }
    if (data.again) button(box, "Use these settings again", again, "pg-second");
    const told = make(ui.body, "p", { className: "pg-hint" });
    told.setAttribute("role", "status");
    ui.told = told;
    if (!data.here) told.textContent = `This answer came from “${data.endpoint}”, which is not the endpoint that this page speaks to now.`;
  };

  const again = async () => {
    const answer = await post("/playground/answer/again", which).catch(() => null);
    if (!answer?.ok) return say("The app does not answer: nothing was changed. Try again.", 8);
    const { said } = await answer.json();
    const words = ["The settings of this answer count from your next message on.", ...said].join(" ");
    ui.told.textContent = words;
    say(words, 8);
  };

  // The plot: gaps between arrivals as bars over time, the marks of the head, the first token and the end.
  const SVG = "http://www.w3.org/2000/svg";
  const shape = (parent, tag, attributes, text = "") => {
    const made = parent.appendChild(document.createElementNS(SVG, tag));
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text) made.textContent = text;
    return made;
  };
  const plot = (parent, line) => {
    const end = Math.max(line.end ?? 0, line.last_token ?? 0, 1e-3);
    const [wide, high, foot] = [Math.max(parent.clientWidth, 280), 130, 22];
    const x = (at) => 8 + (Math.min(Math.max(at, 0), end) / end) * (wide - 16);
    const most = Math.max(...line.bars.map(([, gap]) => gap), 1e-4);
    const drawn = shape(parent, "svg", { viewBox: `0 0 ${wide} ${high + foot}`, role: "img", class: "pg-plot" });
    shape(drawn, "title", {}, `Time from the request to the end, ${time(end)}. Each bar is the gap before text came; the longest is ${line.bars.length ? time(most) : "unknown"}.`);
    if (line.first_token !== null) shape(drawn, "rect", { x: x(0), y: 0, width: x(line.first_token) - x(0), height: high, class: "pg-plot-wait" });
    shape(drawn, "line", { x1: 8, x2: wide - 8, y1: high, y2: high, class: "pg-plot-axis" });
    for (const [at, gap, slow] of line.bars) {
      const tall = Math.max(2, (gap / most) * (high - 26));
      const bar = shape(drawn, "rect", { x: x(at) - 1, y: high - tall, width: 2.4, height: tall, class: slow ? "pg-plot-slow" : "pg-plot-bar" });
      shape(bar, "title", {}, `${time(gap)} until ${time(at)}`);
      // Not by colour alone.
      if (slow) shape(drawn, "path", { d: `M ${x(at) - 4} ${high - tall - 9} h 8 l -4 6 z`, class: "pg-plot-slow" });
    }
    const marks = [["sent", 0], ["headers", line.head], ["first token", line.first_token], ["end", line.end]];
    // What is too close to be told apart has one label.
    const labels = [];
    for (const [name, at] of marks) {
      if (at === null) continue;
      shape(drawn, "line", { x1: x(at), x2: x(at), y1: 16, y2: high, class: "pg-plot-mark" });
      const last = labels.at(-1);
      if (last && x(at) - last.x < 8 * last.names.join(", ").length) last.names.push(name);
      else labels.push({ x: x(at), names: [name] });
    }
    for (const label of labels) {
      const anchor = label.x > wide - 60 ? "end" : "start";
      shape(drawn, "text", { x: label.x, y: 11, "text-anchor": anchor }, label.names.join(", "));
    }
    shape(drawn, "text", { x: 8, y: high + 16 }, "0");
    shape(drawn, "text", { x: wide - 8, y: high + 16, "text-anchor": "end" }, time(end));
    shape(drawn, "text", { x: wide / 2, y: high + 16, "text-anchor": "middle" }, time(end / 2));
  };
  const timeline = () => {
    const line = data.timeline;
    if (!line) return;
    const box = section("Timeline", "timeline", true);
    plot(box, line);
    const rows = [
      ["Waited before this request", line.before > 0.05 || line.waits.length ? `${time(line.before)} (in no other figure)` : "not at all"],
      ["Left for the network", time(line.left)],
      ["Response began (headers)", time(line.head)],
      ["First byte", time(line.first_byte)],
      ["First token", time(line.first_token)],
      ["Last token", time(line.last_token)],
      ["End", time(line.end)],
      ["Arrivals of text", `${count(line.arrivals, "arrival")}, about ${count(line.pieces, "token")}`],
      ["Usual gap; 95 % are shorter than", `${time(line.p50)}; ${time(line.p95)}`],
      ["Slowest gaps (▼)", line.slowest.map((gap) => `${time(gap.seconds)} at ${time(gap.at)}`).join(", ") || "none stands out"],
      ["The page was behind, with the last text", line.behind === null ? "unknown: the page did not say" : `at most ${time(line.behind)}`],
      ["The page was behind, at worst", line.most_behind === null ? "unknown" : `at most ${time(line.most_behind)}`],
    ];
    for (const wait of line.waits) rows.splice(1, 0, ["Wait", `${wait.why}${wait.seconds === null ? "" : ` ${time(wait.seconds)}`}`]);
    table(box, null, rows);
    make(box, "p", { className: "pg-hint", textContent: "Times count from the request that was answered. What the page says of itself includes the way back to the app." });
  };

  const programs = () => {
    const box = section("The same call as a program", "program", true);
    if (!data.snippets.length) {
      make(box, "p", { className: "pg-hint", textContent: data.request.dropped ? "What was sent is not kept any more: later answers needed the room." : "Nothing was sent." });
      return;
    }
    const head = make(box, "div", { className: "pg-tools" });
    const choice = make(head, "select", { ariaLabel: "Language" });
    for (const each of data.snippets) choice.append(new Option(each.label, each.id));
    const kept = sessionStorage.getItem("playground-language");
    if (data.snippets.some((each) => each.id === kept)) choice.value = kept;
    const chosen = () => data.snippets.find((each) => each.id === choice.value);
    copies(head, () => chosen().text, "the program");
    const shown = code(box, "", "The program");
    shown.dataset.program = "";
    const show = () => {
      shown.textContent = chosen().text;
      sessionStorage.setItem("playground-language", choice.value);
    };
    choice.addEventListener("change", show);
    show();
    const names = data.variables;
    const key = names.length ? `Set ${names.join(" and ")} first: ${names.length === 1 ? "it stands" : "they stand"} for what is secret.` : "No key was sent.";
    make(box, "p", { className: "pg-hint", textContent: `${key} ${data.request.masked || "It sends the same body to the same address."}` });
  };

  const request = () => {
    const box = section("The JSON that was sent", "request");
    if (data.request.pretty === null) {
      make(box, "p", { className: "pg-hint", textContent: data.request.dropped ? "It is not kept any more." : "Nothing was sent." });
      return;
    }
    make(box, "p", { className: "pg-mono pg-url", textContent: `POST ${data.request.url}` });
    if (data.request.masked) make(box, "p", { className: "pg-hint", textContent: data.request.masked });
    const head = make(box, "div", { className: "pg-tools" });
    const label = make(head, "label");
    const exact = make(label, "input", { type: "checkbox" });
    label.append(" As it went out, on one line");
    copies(head, () => (exact.checked ? data.request.exact : data.request.pretty), "the JSON");
    const shown = code(box, data.request.pretty, "The JSON that was sent");
    exact.addEventListener("change", () => { shown.textContent = exact.checked ? data.request.exact : data.request.pretty; });
  };

  const FATES = { sent: "Sent", changed: "Sent otherwise", "left out": "Left out", ignored: "Ignored by the server", refused: "Refused" };
  const BY = { you: "you", endpoint: "the operator", app: "the playground" };
  const brief = (value) => {
    const text = value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
    return text.length > 120 ? `${text.slice(0, 120)}…` : text;
  };
  const parameters = () => {
    const box = section("What became of each parameter", "fates");
    if (!data.fates.length) {
      make(box, "p", { className: "pg-hint", textContent: "Unknown: what was sent is not kept any more." });
      return;
    }
    const rows = data.fates.map((row) => {
      const fate = document.createElement("span");
      fate.className = "pg-fate";
      fate.dataset.fate = row.fate;
      fate.textContent = FATES[row.fate];
      const what = document.createElement("div");
      what.append(fate);
      if (row.why) make(what, "div", { className: "pg-quiet", textContent: row.why });
      return [row.label, brief(row.value ?? row.sent), what, BY[row.by]];
    });
    table(box, ["Parameter", "Value", "What became of it", "Set by"], rows);
  };

  const tries = () => {
    const box = section(data.attempts.length === 1 ? "Headers" : `Tries (${data.attempts.length}) and headers`, "tries");
    if (!data.attempts.length) make(box, "p", { className: "pg-hint", textContent: "Nothing was sent." });
    data.attempts.forEach((attempt, place) => {
      const one = make(box, "div", { className: "pg-try" });
      const status = attempt.status === null ? "no answer" : `status ${attempt.status}`;
      make(one, "h4", { textContent: `Try ${place + 1}: ${status}, ${time(attempt.seconds)}` });
      make(one, "p", { className: "pg-quiet", textContent: `${clock(attempt.at)} · ${attempt.method} ${attempt.url} · ${count(attempt.size, "byte")} sent, ${count(attempt.received, "byte")} received` });
      if (attempt.why) make(one, "p", { textContent: attempt.why });
      const told = attempt.answered_id ? `the server calls it ${attempt.answered_id}` : "the server gave none back";
      make(one, "p", { className: "pg-quiet", textContent: `Request id: ${attempt.sent_id ?? "none"}; ${told}.` });
      for (const [name, pairs] of [["Sent", attempt.sent], ["Received", attempt.got]]) {
        if (!pairs.length) continue;
        make(one, "h5", { textContent: name });
        table(one, null, pairs).classList.add("pg-headers");
      }
      if (attempt.said) code(one, attempt.said, "The body of the error");
    });
  };

  const events = () => {
    const box = section("Events as they came", "events");
    const { raw } = data;
    const notes = [count(raw.total, "event"), count(raw.received, "byte")];
    if (raw.dropped) notes.push("not kept any more: later answers needed the room");
    else if (raw.left_out) notes.push(`${count(raw.left_out, "byte")} at the end not kept`);
    make(box, "p", { className: "pg-hint", textContent: notes.join(", ") + "." });
    if (!raw.total) return;
    const list = make(box, "ol", { className: "pg-events" });
    const tools = make(box, "div", { className: "pg-tools" });
    let shown = 0;
    const more = async (limit) => {
      const asked = generation;
      while (limit > 0) {
        const answer = await post("/playground/answer/events", { ...which, offset: shown, limit: Math.min(limit, 2000) }).catch(() => null);
        if (!answer?.ok || asked !== generation) return;
        const page = await answer.json();
        for (const [at, , text] of page.events) {
          const line = make(list, "li");
          make(line, "span", { className: "pg-event-at", textContent: `${at.toFixed(3)} s` });
          make(line, "span", { textContent: text });
        }
        shown += page.events.length;
        limit -= page.events.length;
        tools.hidden = shown >= page.total;
        if (!page.events.length || shown >= page.total) return;
      }
    };
    button(tools, `Show ${PAGE} more`, () => more(PAGE), "pg-second");
    button(tools, "Show all", () => more(Infinity), "pg-second");
    const first = () => box.open && !shown && more(PAGE);
    box.addEventListener("toggle", first);
    first();
  };

  const log = () => {
    if (!drawer.may("logs")) return;
    const box = section("Its lines in the log", "log");
    const told = make(box, "p", { className: "pg-hint", textContent: "…" });
    const list = make(box, "ol", { className: "pg-events" });
    const load = async () => {
      if (!box.open || list.childElementCount) return;
      const answer = await post("/playground/answer/lines", which).catch(() => null);
      if (!answer?.ok) {
        told.textContent = (await answer?.json().catch(() => null))?.detail ?? "The app does not answer. Try again.";
        return;
      }
      const found = await answer.json();
      told.textContent = found.said;
      list.replaceChildren();
      for (const { at, text } of found.lines) {
        const line = make(list, "li");
        make(line, "span", { className: "pg-event-at", textContent: clock(at) });
        make(line, "span", { textContent: text });
      }
    };
    box.addEventListener("toggle", load);
    load();
  };

  const report = () => {
    const box = section("Report a problem", "report");
    make(box, "p", { className: "pg-hint", textContent: "One file of all this, to be read without this app: versions, settings, the request, what came, the log, the figures. Keys are never in it. Nothing is sent anywhere: you get the file." });
    const label = make(box, "label", { className: "pg-check" });
    const blind = make(label, "input", { type: "checkbox" });
    label.append(" Leave out names and text");
    const save = button(box, "Make the file", async () => {
      save.disabled = true;
      const answer = await post("/playground/answer/report", { ...which, blind: blind.checked }).catch(() => null);
      save.disabled = false;
      if (!answer?.ok) return say("The report was not made: the app does not answer. Try again.", 8);
      const link = make(document.body, "a", { href: URL.createObjectURL(await answer.blob()), download: `answer-${data.run}.md`, hidden: true });
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }, "pg-second");
  };

  const drawAll = () => {
    const top = ui.body.parentElement.scrollTop;
    ui.body.replaceChildren();
    generation += 1;
    for (const part of [figures, links, timeline, programs, request, parameters, tries, events, log, report]) part();
    ui.body.parentElement.scrollTop = top;
  };
  const load = async () => {
    clearTimeout(later);
    const asked = which;
    const answer = await post("/playground/answer", asked).catch(() => null);
    if (asked !== which || !seen) return;
    if (!answer?.ok) {
      const { detail } = (await answer?.json().catch(() => null)) ?? {};
      data = null;
      ui.body.replaceChildren();
      make(ui.body, "p", { className: "pg-hint", textContent: detail ?? "The app does not answer. Try again." });
      return;
    }
    const said = await answer.json();
    await calm();
    if (asked !== which || !seen) return;
    data = said;
    drawAll();
    if (data.status === "running") later = setTimeout(load, 1000);
  };

  drawer.add("answer", {
    title: "This answer",
    wide: true,
    draw: (body) => {
      ui.opened = new Map();
      ui.body = make(body, "div", { className: "pg-answer" });
    },
    shown: ({ turn, run }) => {
      seen = true;
      const next = turn ? { turn } : run ? { run } : which;
      if (!next) return;
      const other = JSON.stringify(next) !== JSON.stringify(which);
      which = { ...next };
      if (other) ui.body.replaceChildren(Object.assign(document.createElement("p"), { className: "pg-hint", textContent: "…" }));
      load();
    },
    hidden: () => {
      seen = false;
      clearTimeout(later);
    },
  });
})();
