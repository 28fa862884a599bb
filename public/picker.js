// The list of models under the model's name: searched by typing, by endpoint, with what is known of each.
(() => {
  "use strict";
  const { make, post, say, drawer } = window.playground;
  const ui = {};
  let known = null; // what the server said last
  let again; // the next look, while an endpoint has not answered
  let chosen = 0; // which line of the list the arrow keys are at

  const build = () => {
    ui.box = make(document.body, "div", { id: "playground-picker", hidden: true });
    ui.box.setAttribute("role", "dialog");
    ui.box.setAttribute("aria-label", "Models");
    ui.search = make(ui.box, "input", { type: "search", placeholder: "Search models", autocomplete: "off", spellcheck: false });
    ui.search.setAttribute("aria-label", "Search models");
    ui.search.setAttribute("role", "combobox");
    ui.search.setAttribute("aria-controls", "playground-models");
    ui.search.setAttribute("aria-expanded", "true");
    ui.list = make(ui.box, "div", { id: "playground-models" });
    ui.list.setAttribute("role", "listbox");
    ui.list.setAttribute("aria-label", "Models");
    ui.connect = make(ui.box, "button", { type: "button", className: "pg-connect", textContent: "Connect another endpoint…" });
    ui.connect.addEventListener("click", () => {
      close();
      // Where the focus goes back to when the panel is closed.
      document.querySelector(".pg-name")?.focus();
      drawer.show("connect");
    });
    ui.search.addEventListener("input", () => draw());
    ui.box.addEventListener("focusout", (event) => {
      // Tab leads out of it; a line that is drawn anew, or a click beside a button, does not.
      const to = event.relatedTarget;
      if (to && !ui.box.contains(to) && !to.closest(".pg-name")) close();
    });
    ui.box.addEventListener("keydown", keys);
    addEventListener("pointerdown", (event) => {
      if (!ui.box.hidden && !ui.box.contains(event.target) && !event.target.closest?.(".pg-name")) close();
    }, true);
  };

  const lines = () => [...ui.list.querySelectorAll('[role="option"]')];
  const mark = (at) => {
    const all = lines();
    chosen = Math.max(0, Math.min(at, all.length - 1));
    all.forEach((line, place) => line.classList.toggle("pg-at", place === chosen));
    all[chosen]?.scrollIntoView({ block: "nearest" });
    ui.search.setAttribute("aria-activedescendant", all[chosen]?.id ?? "");
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(chosen + step);
    else if (event.key === "Enter" && event.target === ui.search) lines()[chosen]?.click();
    else if (event.key === "Escape") close(true);
    else return;
    event.preventDefault();
  };

  const short = (count) => (count >= 1024 && count % 1024 === 0 ? `${count / 1024}k` : count >= 10000 ? `${Math.round(count / 1000)}k` : `${count}`);
  const about = (model) =>
    [
      model.context && `${short(model.context)} context`,
      model.quantization,
      model.parent && `adapter of ${model.parent}`,
      model.loaded === false && "not loaded",
      model.only && `cannot chat: it ${model.only}`,
    ].filter(Boolean).join(" · ");

  // The model in use where the endpoint does not list it; and one line to choose the endpoint by, where it lists none.
  const unlisted = (endpoint, now) => {
    const id = now ?? endpoint.model;
    if (id ? endpoint.models.some((model) => model.id === id) : endpoint.models.length) return [];
    return [{ id, badges: [] }];
  };

  const draw = () => {
    const words = ui.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    ui.list.replaceChildren();
    let count = 0;
    for (const endpoint of known?.endpoints ?? []) {
      const fits = endpoint.models.filter((model) => {
        const text = [endpoint.name, model.id, model.parent, model.quantization, ...model.badges.map((each) => each.label)].join(" ").toLowerCase();
        return words.every((word) => text.includes(word));
      });
      if (words.length && !fits.length) continue;
      const group = make(ui.list, "div", { className: "pg-group" });
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", endpoint.name);
      const head = make(group, "div", { className: "pg-group-head" });
      make(head, "span", { className: "pg-dot" }).dataset.state = endpoint.dot;
      make(head, "strong", { textContent: endpoint.name });
      if (endpoint.dot !== "running") make(head, "span", { className: "pg-quiet", textContent: endpoint.text });
      if (endpoint.typed) {
        const forget = make(head, "button", { type: "button", className: "pg-small", textContent: "Forget", title: "Forget this endpoint and its key" });
        forget.addEventListener("click", () => post("/playground/forget", { endpoint: endpoint.id }).catch(() => {}).then(() => load()));
      }
      const now = known.current.endpoint === endpoint.id ? known.current.model ?? endpoint.model : null;
      const rows = words.length ? fits : [...unlisted(endpoint, now), ...fits];
      for (const model of rows) {
        const here = known.current.endpoint === endpoint.id && model.id === now;
        const line = make(group, "div", { className: "pg-line", id: `playground-model-${count++}` });
        line.setAttribute("role", "option");
        line.setAttribute("aria-selected", String(here));
        make(line, "span", { className: "pg-line-name", textContent: model.id ?? (endpoint.model || "Its first model") });
        const facts = about(model);
        if (facts) make(line, "span", { className: "pg-quiet", textContent: facts });
        if (model.badges.length) {
          const badges = make(line, "span", { className: "pg-badges" });
          for (const badge of model.badges) {
            const made = make(badges, "span", { className: "pg-badge", textContent: badge.label, title: badge.note });
            made.dataset.origin = badge.origin;
          }
        }
        line.addEventListener("click", () => choose(endpoint.id, model.id));
        if (here && !words.length) chosen = count - 1;
      }
    }
    if (!count) make(ui.list, "p", { className: "pg-quiet pg-none", textContent: !known ? "Asking the endpoints…" : words.length ? "No model has these words in its name." : "No endpoint is connected yet." });
    mark(words.length ? 0 : chosen);
  };

  const choose = async (endpoint, model) => {
    close(true);
    const answer = await post("/playground/choose", { endpoint, model }).catch(() => null);
    if (answer?.ok) keep(endpoint, model);
    else say("The model could not be changed: the app does not answer. Try again.", 8);
  };

  // For the next start of the app, which forgets; an endpoint that was typed is then gone.
  const keep = (endpoint, model) => {
    const typed = known?.endpoints.some((each) => each.id === endpoint && each.typed);
    if (typed) localStorage.removeItem("playground-choice");
    else localStorage.setItem("playground-choice", JSON.stringify([endpoint, model]));
  };

  // `byItself`: nobody has opened the list just now.
  const load = async (byItself = false) => {
    clearTimeout(again);
    const answer = await post("/playground/models", byItself ? { again: true } : {}).catch(() => null);
    if (answer?.ok) known = await answer.json();
    if (!ui.box || ui.box.hidden) return;
    if (!answer?.ok) {
      again = setTimeout(load, 1500, true);
      return;
    }
    ui.connect.hidden = !known.may_connect;
    ui.connect.textContent = known.endpoints.length ? "Connect another endpoint…" : "Connect an endpoint…";
    draw();
    clearTimeout(again);
    if (known.endpoints.some((each) => each.dot === "unknown" || each.dot === "loading")) again = setTimeout(load, 1500, true);
  };

  const close = (back = false) => {
    if (!ui.box || ui.box.hidden) return;
    ui.box.hidden = true;
    clearTimeout(again);
    document.querySelector(".pg-name")?.setAttribute("aria-expanded", "false");
    if (back) document.querySelector(".pg-name")?.focus();
  };
  window.playground.picker = {
    load,
    close: () => close(),
    toggle() {
      if (!ui.box) build();
      if (!ui.box.hidden) return close();
      ui.box.hidden = false;
      document.querySelector(".pg-name").setAttribute("aria-expanded", "true");
      ui.search.value = "";
      chosen = 0;
      draw();
      load();
      ui.search.focus();
    },
  };
})();
