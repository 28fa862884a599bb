// The panel that connects an endpoint: what was pasted fills it, "Test and connect" tells of each step as it goes. A key
// is sent once and never comes back: what was typed is gone from the page as soon as it has been sent.
(() => {
  "use strict";
  const { make, post, drawer, picker, putBack } = window.playground;
  const ui = {};
  const EXAMPLE = "Paste an address, a curl command, Python or JavaScript code, or lines of a .env file";
  let pastedKey = false; // the server holds a key from what was pasted
  let more = {}; // what else it said: parameters, system prompt, prompt
  let testing = null;

  const field = (body, id, label, props, hint) => {
    const row = make(body, "div", { className: "pg-field" });
    make(row, "label", { textContent: label, htmlFor: id });
    const input = make(row, props.tag ?? "input", { id, ...props.set });
    for (const [name, value] of Object.entries(props.attributes ?? {})) input.setAttribute(name, value);
    if (hint) {
      const told = make(row, "p", { className: "pg-hint", id: `${id}-hint`, textContent: hint });
      input.setAttribute("aria-describedby", told.id);
    }
    return input;
  };
  const PLAIN = { autocomplete: "off", autocapitalize: "off", spellcheck: "false", "data-1p-ignore": "", "data-lpignore": "true" };

  const draw = (body) => {
    ui.paste = field(body, "pg-paste", "Paste anything", { tag: "textarea", set: { rows: 3, placeholder: EXAMPLE }, attributes: { ...PLAIN, "data-first": "" } });
    ui.notes = make(body, "ul", { className: "pg-notes", hidden: true });
    ui.notes.setAttribute("role", "status");
    ui.form = make(body, "form");
    ui.url = field(ui.form, "pg-url", "Base URL", { set: { type: "text", inputMode: "url", placeholder: "http://localhost:8000/v1" }, attributes: PLAIN });
    ui.key = field(ui.form, "pg-key", "API key", { set: { type: "password" }, attributes: { ...PLAIN, autocomplete: "new-password" } },
      "Kept in the server's memory for this browser, sent to this address only, and never shown again. Leave it empty where none is needed.");
    ui.model = field(ui.form, "pg-model-name", "Model", { set: { type: "text", placeholder: "The first one it lists" }, attributes: PLAIN });
    ui.name = field(ui.form, "pg-endpoint-name", "Name", { set: { type: "text", placeholder: "What to call it here", maxLength: 60 }, attributes: PLAIN });
    const buttons = make(ui.form, "div", { className: "pg-buttons" });
    ui.go = make(buttons, "button", { type: "submit", className: "pg-primary", textContent: "Test and connect" });
    ui.stop = make(buttons, "button", { type: "button", className: "pg-second", textContent: "Stop", hidden: true });
    ui.steps = make(body, "ol", { className: "pg-steps" });
    ui.steps.setAttribute("aria-live", "polite");
    ui.end = make(body, "div", { className: "pg-end", hidden: true });
    ui.end.setAttribute("role", "status");
    let soon;
    ui.paste.addEventListener("input", () => {
      clearTimeout(soon);
      soon = setTimeout(read, 200);
    });
    ui.form.addEventListener("submit", (event) => {
      event.preventDefault();
      test();
    });
    ui.stop.addEventListener("click", () => testing?.abort());
    ui.key.addEventListener("input", () => keyKnown(false));
  };

  const keyKnown = (known) => {
    pastedKey = known;
    ui.key.placeholder = known ? "Taken from what you pasted" : "";
  };

  const read = async () => {
    const text = ui.paste.value;
    if (!text.trim()) return;
    const answer = await post("/playground/paste", { text }).catch(() => null);
    if (!answer?.ok || ui.paste.value !== text) return;
    const said = await answer.json();
    if (said.base_url) ui.url.value = said.base_url;
    if (said.model) ui.model.value = said.model;
    if (said.key) {
      ui.key.value = "";
      keyKnown(true);
      // The key is the server's now: nobody has to read it off the screen.
      ui.paste.value = said.masked;
      ui.paste.scrollTop = 0;
      ui.paste.placeholder = said.masked ? EXAMPLE : "Read, and its key taken.";
    } else keyKnown(false);
    more = { parameters: said.parameters, system: said.system, prompt: said.prompt, mode: said.mode };
    const extra = Object.keys(said.parameters).length;
    const notes = [...said.notes];
    if (extra || said.system) notes.push(`Also taken: ${[said.system && "the system prompt", extra && `${extra} setting${extra > 1 ? "s" : ""}`].filter(Boolean).join(" and ")}.`);
    if (said.prompt) notes.push("The question is put into the message box once it is connected.");
    ui.notes.replaceChildren();
    for (const note of notes) make(ui.notes, "li", { textContent: note });
    ui.notes.hidden = !notes.length;
  };

  const SIGNS = { ok: "✓", failed: "✕", skipped: "–", running: "…" };
  const showStep = (step) => {
    let line = ui.steps.querySelector(`[data-step="${step.name}"]`);
    if (!line) {
      line = make(ui.steps, "li");
      line.dataset.step = step.name;
    }
    line.dataset.outcome = step.outcome;
    line.replaceChildren();
    const head = make(line, "div", { className: "pg-step-head" });
    make(head, "span", { className: "pg-sign", textContent: SIGNS[step.outcome], ariaHidden: "true" });
    make(head, "strong", { textContent: step.label });
    if (step.seconds !== null) make(head, "span", { className: "pg-quiet", textContent: step.seconds < 1 ? `${Math.round(step.seconds * 1000)} ms` : `${step.seconds.toFixed(1)} s` });
    if (step.text) make(line, "p", { textContent: step.text });
    if (step.hint) make(line, "p", { className: "pg-hint", textContent: step.hint });
    if (step.said) make(line, "pre", { textContent: step.said });
    line.scrollIntoView({ block: "nearest" });
  };
  const showEnd = (kind, ...texts) => {
    ui.end.dataset.kind = kind;
    ui.end.replaceChildren();
    for (const text of texts.filter(Boolean)) make(ui.end, "p", { textContent: text });
    ui.end.hidden = false;
    // On a phone it stands below what fits.
    ui.end.scrollIntoView({ block: "nearest" });
  };

  const test = async () => {
    testing?.abort();
    const mine = (testing = new AbortController());
    ui.steps.replaceChildren();
    ui.end.hidden = true;
    ui.go.disabled = true;
    ui.stop.hidden = false;
    const asked = { base_url: ui.url.value, name: ui.name.value, model: ui.model.value, pasted: pastedKey, ...more };
    if (ui.key.value) asked.key = ui.key.value;
    try {
      const answer = await post("/playground/connect", asked, undefined, mine.signal);
      if (!answer.ok) {
        const { detail } = await answer.json().catch(() => ({}));
        return showEnd("failed", detail ?? `The app answered with status ${answer.status}. Try again.`);
      }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) heard(JSON.parse(line));
      }
    } catch (error) {
      if (error.name === "AbortError") showEnd("stopped", "Stopped. Nothing was changed.");
      else showEnd("failed", "The app does not answer. What you typed is kept: try again.");
    } finally {
      if (testing === mine) {
        ui.go.disabled = false;
        ui.stop.hidden = true;
      }
    }
  };
  const heard = (news) => {
    if (news.step) showStep(news.step);
    if (!news.end) return;
    const { added, what, hint } = news.end;
    showEnd(added ? "ok" : "failed", what, hint);
    if (!added) return;
    ui.key.value = "";
    keyKnown(false);
    ui.paste.value = "";
    ui.notes.hidden = true;
    if (more.prompt) putBack(more.prompt);
    const chat = make(ui.end, "button", { type: "button", className: "pg-second", textContent: "Chat with it" });
    chat.addEventListener("click", () => {
      drawer.close();
      document.getElementById("chat-input")?.focus();
    });
    chat.focus();
    more = {};
    picker.load();
  };

  drawer.add("connect", { title: "Connect an endpoint", draw });
})();
