// The panel of logs: what the server and this app say, as it comes. The page holds only the lines that are in sight and
// some around them; the server finds, counts and marks. What a line says is put on the page as text and as nothing else.
(() => {
  "use strict";
  const { make, post, drawer, calm, logTimes } = window.playground;
  const ROW = 20; // pixels of a line that is not wrapped; public/logs.css has the same
  const EVERY = 500; // milliseconds between looks
  const LEVELS = { error: "Errors", warning: "Warnings", info: "Info", debug: "Debug", unknown: "Other" };
  const CONTEXTS = [["0", "Only matching lines"], ["2", "2 lines around each"], ["5", "5 lines around each"], ["all", "All lines"]];
  const ui = {};
  const state = {
    source: "", query: "", regex: false, levels: new Set(), last: "", between: null, marked: null, context: "0",
    wrap: false, follow: true, target: null, row: 0, rows: 0, end: null, lines: [],
    seen: null, behind: 0, // lines, or matches, there were when it was paused, and how many have come since
  };
  const drawn = new Map(); // a line's number -> its element and what it was made of
  let shown = false;
  let timer;
  let asking = false;
  let again = null; // what is to be asked once the present answer is there
  let put = 0; // where the list was scrolled to by us
  let about = ""; // how an answer's lines were found
  let told = ""; // what was shown last
  let stale = 0; // counts changes of what is asked: answers to an earlier question are not shown

  const button = (parent, text, label, click, props = {}) => {
    const made = make(parent, "button", { type: "button", className: "pg-small pg-logs-do", textContent: text, title: label, ...props });
    made.setAttribute("aria-label", label);
    made.addEventListener("click", click);
    return made;
  };
  const press = (made, on) => made.setAttribute("aria-pressed", String(on));
  const choice = (parent, label, options, change) => {
    const made = make(parent, "select");
    made.setAttribute("aria-label", label);
    made.append(...options.map(([value, text]) => new Option(text, value)));
    made.addEventListener("change", () => change(made.value));
    return made;
  };

  const draw = (body) => {
    body.classList.add("pg-logs");
    const top = make(body, "div", { className: "pg-logs-bar" });
    ui.source = choice(top, "Which log", [], (value) => change({ source: value, target: null, between: null, marked: null }));
    ui.search = make(top, "input", { type: "search", placeholder: "Search the log", autocomplete: "off", spellcheck: false });
    ui.search.setAttribute("aria-label", "Search the log");
    ui.search.dataset.first = "";
    let soon;
    ui.search.addEventListener("input", () => {
      clearTimeout(soon);
      soon = setTimeout(() => change({ query: ui.search.value, target: null }), 150);
    });
    ui.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      clearTimeout(soon);
      if (ui.search.value !== state.query) change({ query: ui.search.value, target: null });
      else step(event.shiftKey ? "next" : "back");
    });
    ui.regex = button(top, ".*", "Search by a regular expression", () => change({ regex: !state.regex, target: null }));
    ui.count = make(top, "span", { className: "pg-quiet pg-logs-count" });
    ui.count.setAttribute("role", "status");
    ui.back = button(top, "↑", "Match before", () => step("back"));
    ui.next = button(top, "↓", "Next match", () => step("next"));

    const chips = make(body, "div", { className: "pg-logs-bar" });
    ui.levels = new Map();
    for (const [level, words] of Object.entries(LEVELS)) {
      const chip = button(chips, words, `Show only: ${words.toLowerCase()}`, () => {
        const levels = new Set(state.levels);
        if (!levels.delete(level)) levels.add(level);
        change({ levels, target: null });
      });
      chip.dataset.level = level;
      ui.levels.set(level, chip);
    }
    ui.time = logTimes.controls(chips, body, (times) => change({ ...times, marked: null, target: null }));
    ui.context = choice(chips, "Lines around each match", CONTEXTS, (value) => change({ context: value }));

    const tools = make(body, "div", { className: "pg-logs-bar" });
    ui.follow = button(tools, "Following", "Stay at the end of the log", () => follow(!state.follow));
    ui.wrap = button(tools, "Wrap", "Break long lines", () => change({ wrap: !state.wrap }));
    ui.copy = button(tools, "Copy", "Copy what is selected, or the lines in sight", copy);
    ui.file = button(tools, "Download", "Download the lines that are shown as a text file", download);
    ui.dropped = make(tools, "span", { className: "pg-quiet" });

    ui.note = make(body, "p", { className: "pg-hint pg-logs-note", hidden: true });
    ui.note.setAttribute("role", "status");
    ui.clear = button(body, "Show the whole log", "Show the whole log", () => {
      ui.search.value = "";
      change({ query: "", regex: false, levels: new Set(), last: "", between: null, marked: null, target: null, context: "0", follow: true });
    }, { hidden: true });
    const box = make(body, "div", { className: "pg-logs-box" });
    ui.view = make(box, "div", { className: "pg-logs-view", tabIndex: 0 });
    ui.view.setAttribute("role", "region");
    ui.view.setAttribute("aria-label", "Log lines");
    ui.above = make(ui.view, "div");
    ui.lines = make(ui.view, "div", { className: "pg-logs-lines" });
    ui.below = make(ui.view, "div");
    ui.empty = make(box, "p", { className: "pg-quiet pg-logs-empty", hidden: true });
    ui.fresh = button(box, "", "Go to the end", () => follow(true), { hidden: true, className: "pg-logs-fresh" });
    ui.view.addEventListener("scroll", scrolled, { passive: true });
    new ResizeObserver(() => {
      told = "";
      if (shown) look({});
    }).observe(ui.view);
    ui.hint = make(body, "p", { className: "pg-hint" });
    controls();
  };

  // What the controls say of the state
  const controls = () => {
    press(ui.regex, state.regex);
    press(ui.wrap, state.wrap);
    press(ui.follow, state.follow);
    ui.follow.textContent = state.follow ? "Following" : "Paused";
    for (const [level, chip] of ui.levels) press(chip, state.levels.has(level));
    ui.time.show(state);
    ui.context.value = state.context;
    ui.context.hidden = !state.query;
    ui.back.hidden = ui.next.hidden = !state.query;
    ui.view.toggleAttribute("data-wrap", state.wrap);
    ui.clear.hidden = !state.marked;
  };
  const note = (text) => {
    ui.note.textContent = text;
    ui.note.hidden = !text;
  };
  const change = (news) => {
    Object.assign(state, news, { seen: null, behind: 0 });
    if (!state.marked) about = "";
    stale += 1;
    told = "";
    drawn.clear();
    controls();
    look(state.follow ? {} : { where: "row", at: 0, top: true });
  };
  const follow = (on) => {
    Object.assign(state, { follow: on, seen: null, behind: 0 });
    told = "";
    controls();
    if (on) look({});
  };

  // Asking
  const fits = () => Math.max(10, Math.ceil(ui.view.clientHeight / ROW));
  const body = (more) => {
    const limit = Math.min(400, Math.max(60, fits() * 3));
    const { source, query, regex, wrap, marked } = state;
    const asked = { source, query, regex, wide: wrap, limit, levels: [...state.levels], context: state.context === "all" ? null : Number(state.context) };
    if (state.last) asked.last = Number(state.last);
    if (state.between?.from != null) asked.from = state.between.from;
    if (state.between?.to != null) asked.to = state.between.to;
    if (marked) asked.marked = [marked.from, marked.to];
    const place = state.follow ? { where: "end" } : { where: "row", at: state.row };
    const at = state.follow ? undefined : state.lines[0]?.n;
    return { ...asked, ...place, anchor: at, ...more };
  };
  const read = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return null; // of something that stands between
    }
  };
  // One request at a time; what is asked meanwhile is asked afterwards, the last of it.
  const look = async (more) => {
    if (!shown) return;
    clearTimeout(timer);
    if (asking) {
      again = more;
      return;
    }
    asking = true;
    const question = stale;
    const { top, keep, ...rest } = more;
    const answer = await post("/playground/logs", body(rest)).catch(() => null);
    const text = await answer?.text().catch(() => "");
    const said = read(text);
    await calm();
    asking = false;
    if (!shown) return;
    let soon = EVERY;
    if (!answer?.ok || !said) {
      note(said?.detail ?? "The app does not answer. The log goes on as soon as it does.");
      if (answer?.status === 400) ui.count.textContent = "";
    } else if (question === stale) {
      note(about);
      // Nothing is new, mostly: then nothing is laid out.
      if (text !== told || top || keep !== undefined) show(said, { top, keep });
      told = text;
      soon = said.complete ? EVERY : 20;
    }
    if (again) {
      const next = again;
      again = null;
      look(next);
    } else {
      timer = setTimeout(() => calm().then(() => shown && !asking && look({})), soon);
    }
  };

  // Showing
  const line = (each) => {
    const made = document.createElement("div");
    made.className = "pg-log";
    made.dataset.n = each.n;
    made.dataset.level = each.level;
    made.toggleAttribute("data-hit", each.hit);
    made.toggleAttribute("data-joined", each.joined);
    made.toggleAttribute("data-marked", each.marked);
    const time = make(made, "time", { textContent: each.joined ? "" : logTimes.said(each.at) });
    time.title = `${new Date(each.at * 1000).toLocaleString()}, came ${new Date(each.arrived * 1000).toLocaleString()}`;
    const text = make(made, "span", { className: "pg-log-text" });
    for (const [piece, colour, mark] of each.parts) {
      const part = make(text, mark ? "mark" : "span", { textContent: piece });
      if (colour) part.dataset.colour = colour;
    }
    if (each.more) make(text, "span", { className: "pg-quiet", textContent: ` … ${each.more.toLocaleString("en")} more characters: press Wrap` });
    return made;
  };
  const redraw = (lines) => {
    const keep = new Set();
    let at = ui.lines.firstChild;
    for (const each of lines) {
      keep.add(each.n);
      const made = JSON.stringify(each);
      let old = drawn.get(each.n);
      if (old?.made !== made) {
        const element = line(each);
        if (old?.element === at) at = at.nextSibling;
        old?.element.remove();
        old = { made, element };
        drawn.set(each.n, old);
      }
      old.element.toggleAttribute("data-target", each.n === state.target);
      if (old.element === at) at = at.nextSibling;
      else ui.lines.insertBefore(old.element, at);
    }
    for (const element of [...ui.lines.children]) {
      const number = Number(element.dataset.n);
      if (keep.has(number) && drawn.get(number)?.element === element) continue;
      if (drawn.get(number)?.element === element) drawn.delete(number);
      element.remove();
    }
  };
  // The first line in sight, and how far it is from the top: it stays where it is while lines come and go.
  const inSight = () => {
    const top = ui.view.getBoundingClientRect().top;
    for (const element of ui.lines.children) {
      const place = element.getBoundingClientRect();
      if (place.bottom > top + 1) return { n: Number(element.dataset.n), off: place.top - top };
    }
    return null;
  };
  const scroll = (top) => {
    ui.view.scrollTop = top;
    put = ui.view.scrollTop;
  };
  const filtered = () => Boolean(state.query || state.levels.size || state.last || state.between);
  const show = (said, { top, keep }) => {
    sources(said);
    const before = state.follow || top ? null : inSight();
    // Lines are forgotten and searches are under way, so what is shown may grow and shrink without anything new.
    const all = filtered() ? said.hits : said.end;
    if (state.follow || !said.complete) state.seen = null;
    else state.seen ??= all;
    state.behind = state.seen === null ? 0 : Math.max(0, all - state.seen);
    Object.assign(state, { row: said.row, rows: said.rows, end: said.end, lines: said.lines });
    if (said.target !== null) state.target = said.target;
    redraw(said.lines);
    ui.above.style.height = `${said.row * ROW}px`;
    ui.below.style.height = `${(said.rows - said.row - said.lines.length) * ROW}px`;
    if (state.follow) scroll(ui.view.scrollHeight);
    else if (said.target !== null) centre(said.target);
    else if (top) scroll(0);
    else if (keep !== undefined) {
      const first = ui.lines.children[Math.max(0, Math.min(keep - said.row, said.lines.length - 1))];
      if (state.wrap && first) scroll(ui.view.scrollTop + first.getBoundingClientRect().top - ui.view.getBoundingClientRect().top);
      else put = ui.view.scrollTop;
    } else if (before) {
      const element = drawn.get(before.n)?.element;
      if (element) scroll(ui.view.scrollTop + element.getBoundingClientRect().top - ui.view.getBoundingClientRect().top - before.off);
    }
    counts(said);
  };
  const centre = (number) => {
    const element = drawn.get(number)?.element;
    if (!element) return;
    const [place, view] = [element.getBoundingClientRect(), ui.view.getBoundingClientRect()];
    scroll(ui.view.scrollTop + place.top - view.top - view.height / 2);
  };
  const counts = (said) => {
    const number = (count) => count.toLocaleString("en");
    const some = said.hits !== null && filtered();
    const what = state.query ? (said.hits === 1 ? "match" : "matches") : said.hits === 1 ? "line" : "lines";
    ui.count.textContent = some
      ? `${said.rank && state.target !== null ? `${number(said.rank)} of ` : ""}${number(said.hits)}${said.complete ? "" : "+"} ${what}`
      : "";
    ui.dropped.textContent = [
      `${number(said.end - said.first)} lines`,
      said.first && `${number(said.first)} older ones forgotten`,
      said.dropped && `${number(said.dropped)} dropped`,
    ].filter(Boolean).join(" · ");
    ui.fresh.hidden = state.follow || !state.behind;
    ui.fresh.textContent = `${number(state.behind)} new ${state.behind === 1 ? "line" : "lines"} ↓`;
    ui.empty.hidden = said.rows > 0;
    ui.empty.textContent = some ? "No line of this log has that." : said.source === "requests" ? "Nothing has been asked of this endpoint yet." : "This log has no lines yet.";
    const now = said.sources.find((each) => each.id === said.source);
    ui.hint.textContent = said.alone
      ? said.typed
        ? "Of an endpoint that you have connected yourself, only your own requests are listed."
        : 'Only this app\'s requests are listed. To see the server\'s log as well, name it in the settings file, in this endpoint\'s part: logs = { file = "/var/log/vllm.log" } or logs = { command = ["docker", "logs", "-f", "NAME"] }.'
      : !["", "running", "followed"].includes(now?.state ?? "") ? now.state : "";
  };
  const sources = (said) => {
    state.source = said.source;
    const made = said.sources.map((each) => `${each.id}\n${each.title}`).join("\n\n");
    if (ui.source.dataset.made !== made) {
      ui.source.replaceChildren(...said.sources.map((each) => new Option(each.title, each.id)));
      ui.source.dataset.made = made;
    }
    ui.source.value = said.source;
  };

  // Moving
  const scrolled = () => {
    const at = ui.view.scrollTop;
    if (Math.abs(at - put) < 2) return;
    const back = at < put;
    put = at;
    const atEnd = at + ui.view.clientHeight >= ui.view.scrollHeight - ROW;
    if (state.follow ? back : atEnd && state.row + state.lines.length >= state.rows) {
      Object.assign(state, { follow: !state.follow, seen: null, behind: 0 });
      controls();
    }
    if (state.follow) return;
    const [above, height] = [state.row * ROW, ui.lines.offsetHeight];
    const low = at - above;
    const enough = low >= Math.min(above, 5 * ROW) - (state.row ? 0 : Infinity);
    const below = state.row + state.lines.length < state.rows && low + ui.view.clientHeight > height - 5 * ROW;
    if (enough && !below) return;
    const within = low >= 0 && low + ui.view.clientHeight <= height;
    const first = within ? inSight() : null;
    const row = first
      ? state.row + state.lines.findIndex((each) => each.n === first.n)
      : low < 0 ? Math.floor(at / ROW) : state.row + state.lines.length + Math.floor((low - height) / ROW);
    look({ where: "row", at: Math.max(0, row - fits()), ...(first ? {} : { keep: Math.max(0, row) }) });
  };
  const step = (where) => {
    const from = state.target ?? (where === "back" ? state.end : inSight()?.n ?? 0);
    if (state.follow) Object.assign(state, { follow: false, seen: null, behind: 0 });
    controls();
    look({ where, at: from });
  };

  // Taking it along
  const copy = async () => {
    const chosen = getSelection();
    const inside = chosen && !chosen.isCollapsed && ui.view.contains(chosen.anchorNode);
    const view = ui.view.getBoundingClientRect();
    const visible = [...ui.lines.children].filter((each) => {
      const place = each.getBoundingClientRect();
      return place.bottom > view.top && place.top < view.bottom;
    });
    const text = inside ? chosen.toString() : visible.map((each) => each.querySelector(".pg-log-text").textContent).join("\n");
    try {
      await navigator.clipboard.writeText(text);
      ui.copy.textContent = "Copied";
    } catch {
      ui.copy.textContent = "Not allowed here";
    }
    setTimeout(() => { ui.copy.textContent = "Copy"; }, 1500);
  };
  const download = async () => {
    const answer = await post("/playground/logs/file", body({})).catch(() => null);
    const file = answer?.ok ? await answer.blob().catch(() => null) : null;
    if (!file) return note("The file could not be made: the app does not answer. Try again.");
    const address = URL.createObjectURL(file);
    const link = make(document.body, "a", { href: address, download: "log.txt" });
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };

  // From an answer to its lines
  const jump = async ({ around, find }) => {
    if (!around) {
      ui.search.value = find;
      return change({ query: find, regex: false, target: null });
    }
    const answer = await post("/playground/logs/find", { id: find ?? "", from: around.from, to: around.to }).catch(() => null);
    const said = answer?.ok ? await answer.json() : null;
    if (!said) return note("The lines of this answer could not be looked for: the app does not answer.");
    const byId = said.how === "id";
    ui.search.value = byId ? find : "";
    Object.assign(state, { source: said.source, query: byId ? find : "", regex: false, levels: new Set(), last: "", between: null, marked: around, context: "all", target: said.line, follow: false, seen: null, behind: 0 });
    stale += 1;
    told = "";
    drawn.clear();
    about =
      said.line === null
        ? "No line of this log is of the time of this answer."
        : byId
          ? "Found by the request's id, which the log names. The lines of the answer's time are marked as well."
          : "Found by time: the log does not name the request. The lines that came during the answer are marked.";
    note(about);
    controls();
    look(said.line === null ? {} : { where: "line", at: said.line });
  };

  drawer.add("logs", {
    title: "The endpoint",
    tab: "Logs",
    draw,
    shown: (options = {}) => {
      shown = true;
      told = "";
      if (options.around || options.find) jump(options);
      else look({});
    },
    hidden: () => {
      shown = false;
      clearTimeout(timer);
    },
  });
})();
