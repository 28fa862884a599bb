// The parts of the panel of one answer that ask the app for more when they are opened: its events, its lines in the log,
// the report; and where it leads.
(() => {
  "use strict";
  const { make, post, say, drawer, answer } = window.playground;
  const { PAGE, ask, button, clock, count, hint, section, ticked } = answer;

  const links = (panel, box) => {
    const { data } = panel;
    if (data.parts.length > 1) {
      const parts = make(box, "div", { className: "pg-links" });
      parts.setAttribute("role", "group");
      parts.setAttribute("aria-label", "Parts of this answer");
      data.parts.forEach((run, place) => {
        const one = button(parts, `Part ${place + 1} of ${data.parts.length}`, () => panel.open({ run }), "pg-second");
        one.setAttribute("aria-pressed", String(run === data.run));
      });
      hint(box, "This answer was continued: each part had a request of its own.");
    }
    const row = make(box, "div", { className: "pg-links" });
    const leads = (part) => drawer.may(part) && data.here && data.span && drawer.offered().includes(part);
    // What is known by then: an answer that is under way goes on.
    if (leads("logs")) button(row, "Show in the logs", () => drawer.show("logs", { around: panel.data.span, find: panel.data.ids[0] ?? "" }), "pg-second");
    if (leads("metrics")) button(row, "Show on the curves", () => drawer.show("metrics", { span: panel.data.span }), "pg-second");
    if (data.again) button(row, "Use these settings again", () => again(panel, told), "pg-second");
    const told = hint(box, data.here ? "" : `This answer came from “${data.endpoint}”, which is not the endpoint that this page speaks to now.`);
    told.setAttribute("role", "status");
  };
  const again = async (panel, told) => {
    const { said, wrong } = await ask("/again", panel.which);
    if (!said) return say(`Nothing was changed. ${wrong}`, 8);
    told.textContent = ["The settings of this answer count from your next message on.", ...said.said].join(" ");
    return say(told.textContent, 8);
  };

  const lines = (list, rows) => {
    for (const [at, text] of rows) {
      const line = make(list, "li");
      make(line, "span", { className: "pg-event-at", textContent: at });
      make(line, "span", { textContent: text });
    }
  };

  // What was listed of an answer's events stays in the list when more of them have come.
  const events = (panel, box) => {
    const part = section(panel, box, "Events as they came", "events");
    const { raw } = panel.data;
    const notes = [count(raw.total, "event"), count(raw.received, "byte")];
    if (raw.dropped) notes.push("not kept any more: later answers needed the room");
    else if (raw.left_out) notes.push(`${count(raw.left_out, "byte")} at the end not kept`);
    if (panel.data.status === "running") notes.push("and more to come");
    hint(part, `${notes.join(", ")}.`);
    if (!raw.total) return;
    const list = part.appendChild(panel.kept.get("events") ?? make(part, "ol", { className: "pg-events" }));
    const top = Number(list.dataset.top ?? 0);
    // The last of what had come may have been half an event.
    const whole = list.childElementCount && list.dataset.all;
    if (whole) list.lastChild.remove();
    panel.kept.set("events", list);
    const tools = make(part, "div", { className: "pg-tools" });
    const { which } = panel;
    const more = async (limit) => {
      while (limit > 0 && list.isConnected) {
        const offset = list.childElementCount;
        const { said } = await ask("/events", { ...which, offset, limit: Math.min(limit, 2000) });
        // Somebody else may have added to it meanwhile.
        if (!said || !list.isConnected || list.childElementCount !== offset) return;
        lines(list, said.events.map(([at, , text]) => [`${at.toFixed(3)} s`, text]));
        limit -= said.events.length;
        const all = list.childElementCount >= said.total;
        tools.hidden = all;
        list.dataset.all = all ? "1" : "";
        if (!said.events.length || all) return;
      }
    };
    button(tools, `Show ${PAGE} more`, () => more(PAGE), "pg-second");
    button(tools, "Show all", () => more(Infinity), "pg-second");
    list.onscroll = () => { list.dataset.top = list.scrollTop; };
    const first = () => part.open && (whole || !list.childElementCount) && more(PAGE);
    part.addEventListener("toggle", first);
    first();
    list.scrollTop = top;
  };

  const log = (panel, box) => {
    if (!drawer.may("logs")) return;
    const part = section(panel, box, "Its lines in the log", "log");
    const told = hint(part, "…");
    const list = make(part, "ol", { className: "pg-events" });
    const { which } = panel;
    const load = async () => {
      if (!part.open || list.childElementCount) return;
      const { said, wrong } = await ask("/lines", which);
      if (!list.isConnected) return;
      told.textContent = said ? said.said : wrong;
      list.replaceChildren();
      lines(list, (said?.lines ?? []).map(({ at, text }) => [clock(at), text]));
    };
    part.addEventListener("toggle", load);
    load();
  };

  const report = (panel, box) => {
    const part = section(panel, box, "Report a problem", "report");
    hint(part, "One file of all this, to be read without this app: versions, settings, the request, the answer, what came, the log, the figures. Keys are never in it. Nothing is sent anywhere: you get the file.");
    const blind = ticked(panel, part, "Leave out names and text", "blind");
    hint(part, "They are left out as far as they are known, and so are log lines that may be of other people's requests. Look the file through before you give it away.");
    const save = button(part, "Make the file", async () => {
      save.disabled = true;
      const made = await post("/playground/answer/report", { ...panel.which, blind: blind.checked }).catch(() => null);
      const file = made?.ok ? await made.blob().catch(() => null) : null;
      const wrong = file ? "" : (await made?.json().catch(() => null))?.detail;
      save.disabled = false;
      if (!file) return say(`The report was not made. ${wrong ?? "The app does not answer. Try again."}`, 8);
      const link = make(document.body, "a", { href: URL.createObjectURL(file), download: `answer-${panel.data.run}.md`, hidden: true });
      link.click();
      link.remove();
      return setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }, "pg-second");
  };

  Object.assign(answer, { links, events, log, report });
})();
