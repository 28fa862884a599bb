// The parts of the panel of one answer: how each is drawn from what the app says of it. What comes from servers is
// foreign: it is only ever text. When and how often they are drawn is in answer.js.
(() => {
  "use strict";
  const { make, post, time, plot } = window.playground;
  const PAGE = 200; // events that are added at a time
  const NO_ANSWER = "The app does not answer. Try again.";

  const clock = (at) => {
    const date = new Date(at * 1000);
    return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  };
  const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

  // What the app says to a question: `said`, its JSON, or `wrong`, why there is none; `refused`: whether the app says so.
  const ask = async (path, body) => {
    const answer = await post(`/playground/answer${path}`, body).catch(() => null);
    const said = await answer?.json().catch(() => null);
    return answer?.ok && said ? { said } : { wrong: said?.detail ?? NO_ANSWER, refused: Boolean(said?.detail) };
  };

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
  const hint = (parent, text) => make(parent, "p", { className: "pg-hint", textContent: text });
  // What was opened, chosen or ticked stays so when it is drawn anew: `panel.kept` has it.
  const section = (panel, box, title, name, open = false) => {
    const made = make(box, "details", { className: "pg-part", open: panel.kept.get(`open ${name}`) ?? open });
    made.dataset.part = name;
    make(made, "summary", { textContent: title });
    made.addEventListener("toggle", () => panel.kept.set(`open ${name}`, made.open));
    return made;
  };
  const ticked = (panel, parent, words, name) => {
    const label = make(parent, "label", { className: "pg-check" });
    const made = make(label, "input", { type: "checkbox", checked: panel.kept.get(name) ?? false });
    label.append(` ${words}`);
    made.addEventListener("change", () => panel.kept.set(name, made.checked));
    return made;
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

  const figures = (panel, box) => {
    const list = make(box, "dl", { className: "pg-figures" });
    for (const { label, text } of panel.data.figures) {
      const one = make(list, "div");
      make(one, "dt", { textContent: label });
      make(one, "dd", { textContent: text });
    }
    const { error } = panel.data;
    if (!error) return;
    const wrong = make(box, "div", { className: "pg-error" });
    make(wrong, "strong", { textContent: error.what });
    make(wrong, "p", { textContent: error.hint });
    if (error.said) code(wrong, error.said, "What the server said");
  };

  const timeline = (panel, box) => {
    const line = panel.data.timeline;
    if (!line) return;
    const part = section(panel, box, "Timeline", "timeline", true);
    plot(part, line);
    table(part, null, line.rows.map(({ label, text }) => [label, text]));
    hint(part, "Times count from the request that was answered. What the page says of itself includes the way back to the app.");
  };

  const programs = (panel, box) => {
    const { data } = panel;
    const part = section(panel, box, "The same call as a program", "program", true);
    if (!data.snippets.length) return hint(part, data.request.dropped ? "What was sent is not kept any more: later answers needed the room." : "Nothing was sent.");
    const head = make(part, "div", { className: "pg-tools" });
    const choice = make(head, "select", { ariaLabel: "Language" });
    for (const each of data.snippets) choice.append(new Option(each.label, each.id));
    const kept = sessionStorage.getItem("playground-language");
    if (data.snippets.some((each) => each.id === kept)) choice.value = kept;
    const chosen = () => data.snippets.find((each) => each.id === choice.value);
    copies(head, () => chosen().text, "the program");
    const shown = code(part, "", "The program");
    shown.dataset.program = "";
    const show = () => {
      shown.textContent = chosen().text;
      sessionStorage.setItem("playground-language", choice.value);
    };
    choice.addEventListener("change", show);
    show();
    const names = data.variables;
    const key = names.length ? `Set ${names.join(" and ")} first: ${names.length === 1 ? "it stands" : "they stand"} for what is secret.` : "No key was sent.";
    return hint(part, `${key} ${data.request.masked || "It sends the same body to the same address."}`);
  };

  const request = (panel, box) => {
    const sent = panel.data.request;
    const part = section(panel, box, "The JSON that was sent", "request");
    if (sent.pretty === null) return hint(part, sent.dropped ? "It is not kept any more." : "Nothing was sent.");
    make(part, "p", { className: "pg-mono pg-url", textContent: `POST ${sent.url}` });
    if (sent.masked) hint(part, sent.masked);
    const head = make(part, "div", { className: "pg-tools" });
    const exact = ticked(panel, head, "As it went out, on one line", "exact");
    const text = () => (exact.checked ? sent.exact : sent.pretty);
    copies(head, text, "the JSON");
    const shown = code(part, text(), "The JSON that was sent");
    return exact.addEventListener("change", () => { shown.textContent = text(); });
  };

  const brief = (value) => {
    const text = value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
    return text.length > 120 ? `${text.slice(0, 120)}…` : text;
  };
  const parameters = (panel, box) => {
    const part = section(panel, box, "What became of each parameter", "fates");
    if (!panel.data.fates.length) return hint(part, "Unknown: what was sent is not kept any more.");
    const rows = panel.data.fates.map((row) => {
      const what = document.createElement("div");
      make(what, "span", { className: "pg-fate", textContent: row.said }).dataset.fate = row.fate;
      if (row.why) make(what, "div", { className: "pg-quiet", textContent: row.why });
      return [row.label, brief(row.value ?? row.sent), what, row.who];
    });
    return table(part, ["Parameter", "Value", "What became of it", "Set by"], rows);
  };

  const tries = (panel, box) => {
    const { attempts } = panel.data;
    const part = section(panel, box, attempts.length === 1 ? "Headers" : `Tries (${attempts.length}) and headers`, "tries");
    if (!attempts.length) hint(part, "Nothing was sent.");
    attempts.forEach((attempt, place) => {
      const one = make(part, "div", { className: "pg-try" });
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

  Object.assign(window.playground, { answer: { PAGE, ask, button, clock, count, hint, section, ticked, figures, timeline, programs, request, parameters, tries } });
})();
