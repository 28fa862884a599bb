// Watches the next answer of a page. Run in the page with [the answers' selector, milliseconds after which to give up].
//
// `seen` holds epoch seconds: when Enter was pressed, when the answer's first and last words were in the DOM, and when
// the frame that shows them had been painted; for each change the number of the newest word and when it was in the DOM;
// and the milliseconds of each task over 50 ms. `watched` is kept once the last word is painted, or the time is over.
([answers, limit]) => {
  // The clock of the machine at its next tick: Date.now() alone has whole milliseconds, and timeOrigin drifts.
  const tick = Date.now();
  while (Date.now() === tick);
  const offset = Date.now() - performance.now();
  const now = () => (offset + performance.now()) / 1000;

  const earlier = document.querySelectorAll(answers).length;
  const seen = { enter: null, first: null, firstPainted: null, last: null, lastPainted: null };
  const longTasks = [];
  const words = [];
  let answer = null;

  const newest = () => {
    if (answer?.isConnected) return answer;
    const all = document.querySelectorAll(answers);
    answer = all.length > earlier ? all[all.length - 1] : null;
    return answer;
  };
  // A message is taken up after the frame that is due next, so after its painting.
  const painted = (done) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = done;
      port2.postMessage(null);
    });
  };

  const tasks = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((each) => each.duration)));
  tasks.observe({ type: "longtask" });
  const pressed = ({ key }) => {
    if (key === "Enter") seen.enter ??= now();
  };
  addEventListener("keydown", pressed, { capture: true });
  window.seen = () => {
    longTasks.push(...tasks.takeRecords().map((each) => each.duration));
    tasks.disconnect();
    removeEventListener("keydown", pressed, { capture: true });
    return { ...seen, longTasks, words };
  };
  window.watched = new Promise((resolve) => {
    const look = () => {
      const text = newest()?.textContent ?? "";
      if (seen.first === null && /\bw0\b/.test(text)) {
        seen.first = now();
        painted(() => (seen.firstPainted = now()));
      }
      // Something of the page's own may stand behind the answer.
      const word = [...text.slice(-200).matchAll(/\bw(\d+)\b/g)].at(-1);
      if (word) words.push([Number(word[1]), now()]);
      if (text.includes("END")) {
        seen.last = now();
        changes.disconnect();
        painted(() => {
          seen.lastPainted = now();
          resolve();
        });
      }
    };
    const changes = new MutationObserver(look);
    changes.observe(document.body, { subtree: true, childList: true, characterData: true });
    setTimeout(resolve, limit);
  });
}
