// The strip: says which tab this is, shows the model and its state, ticks while an answer is awaited, and guards the
// composer. It has roots of its own on the body and never touches a node of the app's; what it shows comes as public
// state in window messages, and whatever changes something goes out over same-origin POST.
(() => {
  "use strict";

  // Only our own window may speak to this page: the app would hand any window's message on to the server.
  addEventListener("message", (event) => {
    if (event.source !== window || event.origin !== location.origin) event.stopImmediatePropagation();
  }, true);

  // Which tab. The id is taken out of sessionStorage while the page lives and put back when it goes: a reload finds it;
  // a duplicated tab, whose sessionStorage is a copy, does not, and finds instead whose copy it is.
  const box = sessionStorage;
  const fresh = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const kept = box.getItem("playground-tab");
  const tab = kept ?? fresh();
  const copyOf = kept ? "" : box.getItem("playground-copy-of") ?? "";
  let hadChat = box.getItem("playground-had-chat") === "1";
  const takeOut = () => {
    box.removeItem("playground-tab");
    box.setItem("playground-copy-of", tab);
  };
  takeOut();
  addEventListener("pagehide", () => {
    box.setItem("playground-tab", tab);
    box.setItem("playground-draft", composer()?.value ?? "");
  });
  addEventListener("pageshow", (event) => event.persisted && takeOut());

  // The endpoint that the page's address names: chosen when the page is opened, and not again when it is loaded anew,
  // where what was chosen since counts.
  const opened = performance.getEntriesByType("navigation")[0]?.type ?? "navigate";
  let wanted = opened === "navigate" ? new URLSearchParams(location.search).get("endpoint") ?? "" : "";

  // The app awaits this request before it opens its socket. A second session id in one page life is a new chat.
  const HELLO = "/set-session-cookie";
  const appFetch = window.fetch.bind(window);
  let session = "";
  const identify = (headers) => {
    headers.set("X-Tab", tab);
    if (copyOf) headers.set("X-Copy-Of", copyOf);
    if (hadChat) headers.set("X-Had-Chat", "1");
    const choice = localStorage.getItem("playground-choice");
    if (choice && choice.length < 700) headers.set("X-Choice", encodeURIComponent(choice));
    if (wanted) headers.set("X-Endpoint", encodeURIComponent(wanted.slice(0, 300)));
    wanted = "";
  };
  window.fetch = (url, init) => {
    if (!String(url).endsWith(HELLO) || typeof init?.body !== "string") return appFetch(url, init);
    const id = JSON.parse(init.body).session_id;
    const headers = new Headers(init.headers);
    identify(headers);
    if (session && session !== id) headers.set("X-New-Chat", "1");
    session = id;
    return appFetch(url, { ...init, headers });
  };
  const send = (path, body, headers = new Headers(), signal = undefined) => {
    headers.set("Content-Type", "application/json");
    return appFetch(path, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(body), signal });
  };
  // With the session that this tab has now, which the server holds against the browser's cookie.
  // An answer that breaks off, or is no answer of the app's, is as none: it is read before it is handed on, so that who
  // asks hears of that in one place. What comes bit by bit is not waited for.
  const post = async (path, body, headers, signal) => {
    const answer = await send(path, { session, ...body }, headers, signal);
    const kind = answer.headers.get("Content-Type") ?? "";
    if (answer.ok && kind.startsWith("text/html")) throw new TypeError("A web page came back.");
    if (!kind.startsWith("application/json")) return answer;
    const text = await answer.text();
    const said = JSON.parse(text);
    return { ok: answer.ok, status: answer.status, headers: answer.headers, text: async () => text, json: async () => said };
  };
  // A restarted app does not know this session and asks.
  const sayAgain = () => {
    const headers = new Headers({ "X-Again": "1" });
    identify(headers);
    send(HELLO, { session_id: session }, headers).catch(() => {});
  };

  // Our own elements
  const make = (parent, tag, props = {}) => parent.appendChild(Object.assign(document.createElement(tag), props));
  const ui = {};
  const build = () => {
    ui.strip = make(document.body, "div", { id: "playground-strip" });
    ui.name = make(ui.strip, "button", { type: "button", className: "pg-name" });
    ui.name.setAttribute("aria-haspopup", "dialog");
    ui.dot = make(ui.name, "span", { className: "pg-dot" });
    ui.model = make(ui.name, "span", { className: "pg-model" });
    ui.more = make(ui.name, "span", { className: "pg-more", ariaHidden: "true" });
    ui.beside = make(ui.strip, "button", { type: "button", className: "pg-icon pg-beside", hidden: true });
    ui.settings = make(ui.strip, "button", { type: "button", className: "pg-icon pg-settings", title: "Settings" });
    ui.settings.setAttribute("aria-label", "Settings");
    ui.waiting = make(document.body, "div", { id: "playground-waiting", hidden: true });
    ui.waiting.setAttribute("role", "status");
    ui.line = make(document.body, "div", { id: "playground-line", hidden: true });
    ui.line.setAttribute("role", "status");
    ui.notice = make(document.body, "div", { id: "playground-notice", hidden: true });
    ui.notice.setAttribute("role", "status");
    ui.noticeText = make(ui.notice, "span");
    ui.close = make(ui.notice, "button", { type: "button", textContent: "×", title: "Close" });
    ui.close.setAttribute("aria-label", "Close");
    ui.welcome = make(document.body, "p", { id: "playground-welcome", hidden: true });
    ui.close.addEventListener("click", () => say(""));
    ui.name.addEventListener("click", () => (state.locked ? say(stateInWords()) : window.playground.picker.toggle()));
    ui.beside.addEventListener("click", () => {
      const { drawer } = window.playground;
      const names = drawer.offered();
      if (names.includes(drawer.open)) drawer.close();
      else drawer.show(names.includes(seen) ? seen : names[0]);
      seen = drawer.open || seen;
    });
    ui.settings.addEventListener("click", () => window.playground.drawer.toggle("params"));
  };

  // What this browser may see beside the chat; asked once, when the page is connected.
  let seen = "";
  let askedParts = false;
  const askParts = async () => {
    askedParts = true;
    const answer = await post("/playground/parts", {}).catch(() => null);
    if (!answer?.ok) {
      askedParts = false;
      return;
    }
    const { drawer } = window.playground;
    drawer.allow((await answer.json()).parts);
    const words = drawer.offered().map((name) => name[0].toUpperCase() + name.slice(1));
    ui.beside.hidden = !words.length;
    ui.beside.title = words.join(", ");
    ui.beside.setAttribute("aria-label", `The endpoint: ${words.join(", ").toLowerCase()}`);
  };

  // State
  let state = { wait: null, busy: false, limit: Infinity, endpoint: "", model: "", dotText: "" };
  let heard = 0;
  const stateInWords = () => [state.endpoint, state.model, state.dotText].filter(Boolean).join(" · ");
  let hush;
  const say = (text, seconds = 0) => {
    clearTimeout(hush);
    ui.noticeText.textContent = text;
    ui.notice.hidden = !text;
    if (text && seconds) hush = setTimeout(() => say(""), seconds * 1000);
  };
  const show = (news) => {
    state = news;
    heard = performance.now();
    ui.model.textContent = news.model || (news.dot === "missing" ? "No model" : news.endpoint || "…");
    ui.dot.dataset.state = news.dot;
    ui.name.title = stateInWords();
    ui.name.setAttribute("aria-label", stateInWords());
    ui.name.toggleAttribute("data-locked", news.locked);
    ui.strip.dataset.ready = "1";
    ui.settings.toggleAttribute("data-set", news.set > 0);
    ui.settings.title = news.set ? `Settings (${news.set} changed)` : "Settings";
    ui.welcome.textContent = news.welcome;
    ui.welcome.hidden = !(news.empty && news.welcome);
    if (!news.empty) {
      hadChat = true;
      box.setItem("playground-had-chat", "1");
    }
    if (!askedParts) askParts();
    if (news.notice) say(news.notice);
    if (news.draft) putBack(news.draft);
    release();
    tick();
  };
  const seconds = (value) => (value < 60 ? `${value.toFixed(1)} s` : `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`);
  // Put just above the composer.
  const above = (element) => {
    const place = document.getElementById("message-composer")?.getBoundingClientRect();
    if (place) element.style.bottom = `${Math.round(innerHeight - place.top + 6)}px`;
  };
  // A time of day in the reader's own zone; with its date where that is not today.
  const clock = (ago) => {
    const at = new Date(Date.now() - ago * 1000);
    const day = at.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "short" };
    return at.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" });
  };
  // Said before somebody types into an endpoint that does not answer. What is loading is most often up in a moment.
  const LOADS = 3;
  const tellState = (passed) => {
    const line = state.wait ? null : state.line;
    const ago = line && line.ago !== null ? line.ago + passed : null;
    ui.line.hidden = !line || (state.dot === "loading" && ago !== null && ago < LOADS);
    if (ui.line.hidden) return;
    const text = `${line.what}${ago === null ? "" : ` (since ${clock(ago)})`}. ${line.then}`;
    // A screen reader reads it when it changes, not ten times a second.
    if (ui.line.textContent !== text) ui.line.textContent = text;
    ui.line.dataset.state = state.dot;
    above(ui.line);
  };
  const tick = () => {
    const wait = state.wait;
    const passed = (performance.now() - heard) / 1000;
    tellState(passed);
    ui.waiting.hidden = !wait;
    if (!wait) return;
    const why = wait.why || "Waiting for the answer";
    ui.waiting.textContent =
      wait.left === null
        ? `${why}: ${seconds(wait.for + passed)}`
        : `${why} Your message is kept: ${seconds(wait.all + passed)} so far. Trying again in ${Math.ceil(Math.max(0, wait.left - passed))} s.`;
    above(ui.waiting);
  };
  addEventListener("message", (event) => {
    if (event.source !== window || typeof event.data !== "object" || event.data === null) return;
    if (event.data.playground === "who") sayAgain();
    if (event.data.playground === "state" && typeof event.data.dot === "string") show(event.data);
  });

  // The composer: nothing typed is ever lost.
  const composer = () => document.getElementById("chat-input");
  const putBack = (text) => {
    const input = composer();
    if (!input || input.value) return false;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };
  const refuse = (event, why) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    say(why, 8);
  };
  // Whoever is faster than the connection need not press twice.
  let later;
  const sendLater = (text) => {
    clearInterval(later);
    say("Connecting. Your message is sent as soon as the page is connected.");
    later = setInterval(() => {
      const submit = document.getElementById("chat-submit");
      const changed = composer()?.value !== text;
      if (!changed && submit?.disabled !== false) return;
      clearInterval(later);
      say("");
      if (!changed) submit.click();
    }, 20);
  };
  const guard = (event) => {
    const text = composer()?.value ?? "";
    if (text.length > state.limit) {
      const [has, may] = [text.length, state.limit].map((count) => count.toLocaleString("en"));
      refuse(event, `This message has ${has} characters; the limit is ${may}. Shorten it to send it.`);
    } else if (text.trim() && document.getElementById("stop-button")) {
      refuse(event, "An answer is still being written. Your text is kept: send it when the answer is done, or press Stop first.");
    } else if (text.trim() && document.getElementById("chat-submit")?.disabled) {
      sendLater(text);
    }
  };
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === composer()) guard(event);
  }, true);
  addEventListener("click", (event) => {
    if (event.target.closest?.("#chat-submit")) guard(event);
  }, true);

  // A redraw scrolls to the end where the page was at its end: after an arrow, stay at the turn.
  let hold = null;
  addEventListener("click", (event) => {
    const button = event.target.closest?.('button[id*=":show:"]');
    if (!button) return;
    let pane = button.parentElement;
    while (pane && getComputedStyle(pane).overflowY !== "auto") pane = pane.parentElement;
    if (!pane) return;
    hold = { pane, top: pane.scrollTop };
    pane.scrollBy(0, -12);
  }, true);
  const release = () => {
    if (!hold) return;
    const { pane, top } = hold;
    hold = null;
    requestAnimationFrame(() => pane.scrollTo({ top, behavior: "instant" }));
  };

  // For the panels.
  window.playground = { make, post, say, putBack, clock };

  // Start
  const start = () => {
    build();
    setInterval(tick, 100);
    const draft = box.getItem("playground-draft");
    box.removeItem("playground-draft");
    if (!draft) return;
    const until = performance.now() + 15000;
    const retry = () => putBack(draft) || (performance.now() < until && requestAnimationFrame(retry));
    retry();
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
