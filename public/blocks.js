// An answer's Markdown, cut into blocks that can be drawn one by one: while an answer grows, only its last block changes.
//
// playgroundBlocks(text) gives pieces of the text, in order and whole. It cuts only where Markdown (CommonMark 0.31 and
// GitHub's tables, with formulas) reads the pieces alone as it reads them together: after a blank line, never inside
// code, a formula, HTML or a list, never before an indented line. Where a definition ("[name]: address", a footnote)
// can change the meaning of text elsewhere, the text stays whole. The end of a text that is still coming is mended: see
// `mended`. Pure functions of their text, no state.
(() => {
  "use strict";
  const CURSOR = "\u200B"; // Chainlit's page puts it at the end of an answer that is still coming, and draws a dot there
  const MARKER = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}(?=\S)| |\t|$)/;
  const FENCE = /^( *)(`{3,}(?=[^`]*$)|~{3,})/;
  const NESTED = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:`{3,}|~{3,})/;
  const FORMULA = /^( *)(\${2,})[^$]*$/;
  const DEFINITION = /^(?:[ \t>]|[-*+] |\d{1,9}[.)] )*\[[^\]]+\]:/;
  // What begins a block of HTML that a blank line does not end, and what ends it (CommonMark 4.6, kinds 1 to 5).
  const HTML = [
    [/^ {0,3}<(?:pre|script|style|textarea)(?:[\s>]|$)/i, /<\/(?:pre|script|style|textarea)>/i],
    [/^ {0,3}<!--/, /-->/],
    [/^ {0,3}<\?/, /\?>/],
    [/^ {0,3}<![A-Za-z]/, />/],
    [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  ];
  const columnsOf = (text) => {
    let columns = 0;
    for (const sign of text) columns += sign === "\t" ? 4 - (columns % 4) : 1;
    return columns;
  };
  const indentOf = (line) => columnsOf(/^[ \t]*/.exec(line)[0]);

  // Where the text can be cut, and what is open at its end: "", "code", "formula" or "html".
  const scan = (text) => {
    const cuts = [];
    let open = "";
    let ends = null; // a test of the line that ends what is open
    let whole = false; // it may not be cut
    let blank = false; // the line before is blank
    let inner = 0; // in a list: the column at which its items' content begins; 0 outside
    let fenced = false; // in a list: code has begun and not ended
    let at = 0;
    while (at < text.length) {
      let next = text.indexOf("\n", at) + 1;
      if (next === 0) next = text.length;
      const line = text.slice(at, next).replace(/\r?\n$/, "");
      if (open) {
        if (ends(line)) [open, ends] = ["", null];
      } else if (!line.trim()) {
        blank = true;
      } else {
        const indent = indentOf(line);
        const marker = MARKER.exec(line);
        const item = marker && indent < Math.max(inner, 4);
        // An empty item is read by what stands before it; code left open in a list takes blank lines after it along.
        if (blank && indent === 0 && at > 0 && !fenced && !(item && (inner || !line.slice(marker[0].length).trim()))) {
          cuts.push(at);
          inner = 0;
        }
        if (item) inner = marker[3] ? columnsOf(marker[0]) : columnsOf(marker[0]) + 1;
        blank = false;
        whole ||= DEFINITION.test(line);
        // Inside an item everything is indented, and ends with it: only what stands outside is to be followed.
        if (!item && !(inner && indent >= inner)) [open, ends] = opened(line);
        else if (NESTED.test(line)) fenced = !fenced;
      }
      at = next;
    }
    return { cuts: whole ? [] : cuts, open };
  };

  const opened = (line) => {
    const fence = FENCE.exec(line);
    if (fence && fence[1].length < 4) {
      const [sign, least] = [fence[2][0], fence[2].length];
      const close = new RegExp(`^ {0,3}${sign}{${least},}[ \\t]*$`);
      return ["code", (other) => close.test(other)];
    }
    const formula = FORMULA.exec(line);
    if (formula && formula[1].length < 4) {
      const close = new RegExp(`^ {0,3}\\\${${formula[2].length},}[ \\t]*$`);
      return ["formula", (other) => close.test(other)];
    }
    for (const [begins, closes] of HTML) {
      if (begins.test(line)) return closes.test(line) ? ["", null] : ["html", (other) => closes.test(other)];
    }
    return ["", null];
  };

  // The last block of a text that is still coming, as a reader wants to see it: half a bold run is bold already, half a
  // link its words, half a formula its source, and code has no cursor in it (whoever copies it would copy that too).
  const mended = (block, open) => {
    if (!block.endsWith(CURSOR)) return block;
    const text = block.slice(0, -1);
    if (open === "code") return text;
    if (open === "formula") {
      const source = text.trim().replace(/\s+/g, " ");
      return "`` " + source + " ``" + CURSOR;
    }
    if (open) return block;
    return closed(text) + CURSOR;
  };

  // Code spans, escaped signs, whole links and pictures are passed over; what is open at the end of it is closed.
  const PASSED = /\\[\s\S]|(`+)(?!`)[\s\S]*?[^`]\1(?!`)|!?\[[^\[\]]*\]\([^()\s]*(?:\s+"[^"]*")?\)|<[a-z]+:[^\s<>]*>/gi;
  const closed = (text) => {
    const from = text.lastIndexOf("\n\n") + 1;
    const tail = text.slice(from);
    const plain = tail.replace(PASSED, (whole) => "\0".repeat(whole.length));
    const link = /!?\[([^\[\]]*)\](\([^()\s]*)$/.exec(plain);
    if (link) {
      const words = link[0].startsWith("!") ? "" : tail.slice(link.index + 1, link.index + 1 + link[1].length);
      return text.slice(0, from) + runs(tail.slice(0, link.index) + words);
    }
    const ticks = /(`+)([^`]*)$/.exec(plain);
    if (ticks && ticks[2].trim() && ticks[1].length < 3 && !ticks[2].includes("\n")) {
      return text.slice(0, from) + tail + ticks[1];
    }
    return text.slice(0, from) + runs(tail);
  };

  const runs = (tail) => {
    const plain = tail.replace(PASSED, (whole) => "\0".repeat(whole.length));
    // A run just opened with nothing in it yet says nothing: it waits.
    const bare = /(^|[\s(])(\*{1,3}|~~)$/.exec(plain);
    if (bare) return tail.slice(0, tail.length - bare[2].length);
    let open = "";
    for (const [sign] of plain.matchAll(/\*\*(?=[^\s*])|(?<=[^\s*])\*\*/g)) open = open ? "" : sign;
    if (!open) return tail;
    return tail.endsWith("*") && !tail.endsWith("**") ? tail + "*" : tail.trimEnd() + open;
  };

  window.playgroundBlocks = (text) => {
    if (typeof text !== "string" || !text) return [];
    const { cuts, open } = scan(text);
    const blocks = [];
    let from = 0;
    for (const cut of [...cuts, text.length]) {
      blocks.push(text.slice(from, cut));
      from = cut;
    }
    blocks.push(mended(blocks.pop(), open));
    return blocks;
  };
})();
