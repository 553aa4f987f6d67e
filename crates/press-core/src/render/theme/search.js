// Finds entries of all issues in the files that the build wrote beside the page. Form of the files: docs/search.md.
// The server answers the same questions from the same files (press_core::render::search); both must come to the same
// order, so all numbers are whole. Loaded on the search page only.
(function () {
  "use strict";
  var BLOCK = 40, BROADEST = 3, GUESSES = 3, FEW = 10, MOST = 12, LONGEST = 200, PAGE = 8;
  var WEIGHTS = [0, 3, 4, 6, 9, 11, 13, 16], EXACT = 16, PLURAL = 13, LONGER = 11, ERRORS = [16, 9, 6];
  var LETTER = /[\p{Alphabetic}\p{N}]/u, DIGIT = /\p{N}/u, SPACE = /\s/u, PLAIN = /^\p{Alphabetic}+$/u;
  var ALONE = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u;

  // ---- Words and questions

  function words(text) {
    var signs = Array.from(text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/ς/g, "σ"));
    var found = [], word = "", apostrophe = -1;
    function end() {
      if (!word) return;
      if (apostrophe >= 0 && word.slice(apostrophe) === "s") word = word.slice(0, apostrophe);
      apostrophe = -1;
      found.push(Array.from(word).slice(0, 32).join(""));
      word = "";
    }
    for (var i = 0; i < signs.length; i++) {
      var sign = signs[i], before = i ? signs[i - 1] : " ", next = signs[i + 1] || " ";
      if (ALONE.test(sign)) { end(); word = sign; end(); }
      else if (LETTER.test(sign)) word += sign;
      else if ((sign === "'" || sign === "\u2019") && word && LETTER.test(before) && LETTER.test(next)) apostrophe = word.length;
      else if (sign === "." && word && DIGIT.test(before) && DIGIT.test(next)) word += ".";
      else if (sign === "+" && next === "+" && word.length === 1) { i++; word += "++"; end(); }
      else if (sign === "#" && word.length === 1 && !LETTER.test(next)) { word += "#"; end(); }
      else end();
    }
    end();
    return found;
  }

  function parse(text) {
    text = Array.from(text).slice(0, LONGEST).join("");
    var units = [];
    function put(piece, quoted, star) {
      var own = words(piece).slice(0, MOST);
      if (own.length) units.push({ words: own, prefix: star, quoted: quoted });
      else if (star && units.length) units[units.length - 1].prefix = true;
    }
    text.split(/["“”„«»]/).forEach(function (piece, at) {
      if (at % 2) put(piece, true, false);
      else piece.split(/\s+/u).forEach(function (typed) { put(typed, false, typed.endsWith("*")); });
    });
    if (units.length && text && !/[\s"“”„«»]$/u.test(text)) units[units.length - 1].prefix = true;
    return units.slice(0, MOST);
  }

  // ---- Files

  var form = document.querySelector("form.search");
  if (!form) return;
  var base = form.dataset.index, files = new Map(), head;

  function keep(name, make) {
    if (!files.has(name)) {
      var made = make();
      files.set(name, made);
      made.catch(function () { files.delete(name); });
    }
    return files.get(name);
  }

  function load(name, read) {
    return keep(name, function () {
      return fetch(base + name).then(function (answer) {
        if (!answer.ok) throw new Error(name + ": " + answer.status);
        return new Response(answer.body.pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
      }).then(function (bytes) { return read(new Uint8Array(bytes)); });
    });
  }

  function loadHead() {
    return keep("index.json", function () {
      return fetch(base + "index.json", { cache: "no-cache" }).then(function (answer) {
        if (!answer.ok) throw new Error("index.json: " + answer.status);
        return answer.json();
      }).then(function (read) {
        if (read.form !== 1) throw new Error("index.json has another form");
        return (head = read);
      });
    });
  }

  function Reader(bytes) { this.bytes = bytes; this.at = 0; }
  Reader.prototype.number = function () {
    var number = 0, by = 1, byte;
    do {
      byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error("a file of the index ends too early");
      number += (byte & 127) * by;
      by *= 128;
    } while (byte > 127);
    return number;
  };
  var utf8 = new TextDecoder();
  Reader.prototype.term = function (before) {
    var shared = this.number(), rest = this.number(), start = this.at;
    this.at += rest;
    var term = new Uint8Array(shared + rest);
    term.set(before.subarray(0, shared));
    term.set(this.bytes.subarray(start, this.at), shared);
    return term;
  };

  function readShard(bytes) {
    var reader = new Reader(bytes), terms = [], start = 0, term = new Uint8Array(0);
    for (var n = reader.number(); n > 0; n--) {
      term = reader.term(term);
      var length = reader.number();
      terms.push({ text: utf8.decode(term), start: start, length: length });
      start += length;
    }
    return { terms: terms, lists: bytes.subarray(reader.at) };
  }

  function readWords(bytes) {
    var reader = new Reader(bytes), found = [], term = new Uint8Array(0);
    for (var n = reader.number(); n > 0; n--) {
      term = reader.term(term);
      found.push(utf8.decode(term));
    }
    return found;
  }

  // Tells each entry of a list of places: entry, then positions and classes in turn.
  function each(list, told) {
    var reader = new Reader(list), entry = 0, spots = [];
    while (reader.at < list.length) {
      entry += reader.number();
      spots.length = 0;
      var position = 0, byte;
      do {
        byte = list[reader.at++];
        var further = byte & 15;
        if (further === 15) further += reader.number();
        position += further;
        spots.push(position, byte >> 4 & 7);
      } while (byte & 128);
      told(entry, spots);
    }
  }

  // ---- Shards

  function count(list, holds) { // how many from the beginning; they come first
    var low = 0, high = list.length;
    while (low < high) {
      var middle = low + high >> 1;
      if (holds(list[middle])) low = middle + 1; else high = middle;
    }
    return low;
  }

  function range(part, word, prefix) {
    var first = count(part.first, function (one) { return one <= word; });
    var end = prefix ? count(part.first, function (one) { return one <= word || one.startsWith(word); }) : first;
    return [Math.max(first - 1, 0), end];
  }

  function mayGoOn(word) {
    return Array.from(word).length > 1 && !head.common.includes(word) && head.parts.every(function (part) {
      var r = range(part, word, true);
      return r[1] - r[0] <= BROADEST;
    });
  }

  function shards(word, prefix) {
    var wanted = [];
    head.parts.forEach(function (part, at) {
      var r = range(part, word, prefix);
      for (var n = r[0]; n < r[1]; n++) {
        wanted.push(load("on"[at] + n + "-" + part.shards.substr(8 * n, 8) + ".bin", readShard));
      }
    });
    return Promise.all(wanted);
  }

  async function look(word, prefix, told) {
    (await shards(word, prefix)).forEach(function (shard) {
      shard.terms.forEach(function (term) {
        if (term.text !== word && !(prefix && term.text.startsWith(word))) return;
        each(shard.lists.subarray(term.start, term.start + term.length), function (entry, spots) {
          told(entry, spots, term.text);
        });
      });
    });
  }

  // ---- Search

  function Hits(length, quoted) {
    this.worth = new Uint16Array(head.entries);
    this.at = new Uint32Array(head.entries);
    this.entries = [];
    this.count = 0;
    this.length = length;
    this.quoted = quoted;
  }
  Hits.prototype.put = function (entry, spots, quality) {
    for (var i = 0; i < spots.length; i += 2) {
      var worth = WEIGHTS[spots[i + 1]] * quality, known = this.worth[entry];
      if (!known && worth) {
        this.count++;
        this.entries.push(entry);
      }
      if (worth > known || worth === known && spots[i] < this.at[entry]) {
        this.worth[entry] = worth;
        this.at[entry] = spots[i];
      }
    }
  };

  function log(number) { // sixteen times the logarithm to base two, rounded down
    var whole = 31 - Math.clz32(Math.max(number, 1)), mantissa = Math.floor(Math.max(number, 1) * 65536 / Math.pow(2, whole)), sum = whole;
    for (var i = 0; i < 4; i++) {
      mantissa = Math.floor(mantissa * mantissa / 65536);
      sum *= 2;
      if (mantissa >= 131072) { mantissa = Math.floor(mantissa / 2); sum++; }
    }
    return sum;
  }

  function errors(one, other) {
    var row = [], i, j;
    for (j = 0; j <= other.length; j++) row.push(j);
    for (i = 0; i < one.length; i++) {
      var diagonal = i;
      row[0] = i + 1;
      for (j = 0; j < other.length; j++) {
        var change = diagonal + (one[i] === other[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = Math.min(change, diagonal + 1, row[j] + 1);
      }
    }
    var sum = row[other.length];
    if (sum !== 2 || one.length !== other.length) return sum;
    var wrong = one.map(function (sign, at) { return sign === other[at] ? -1 : at; }).filter(function (at) { return at >= 0; });
    var a = wrong[0], b = wrong[1];
    return wrong.length === 2 && b === a + 1 && one[a] === other[b] && one[b] === other[a] ? 1 : sum;
  }

  async function guesses(word) {
    var signs = Array.from(word), most = signs.length < 8 ? 1 : 2;
    if (signs.length < 4 || !PLAIN.test(word)) return [];
    var lists = await Promise.all(head.parts.map(function (part, at) {
      return load("on"[at] + "w0-" + part.words + ".bin", readWords);
    }));
    var close = [], known = new Set();
    lists.flat().forEach(function (other) {
      if (Math.abs(other.length - word.length) > 2 * most || known.has(other)) return;
      known.add(other);
      var own = Array.from(other);
      if (Math.abs(own.length - signs.length) > most) return;
      var wrong = errors(signs, own);
      if (wrong <= most) close.push({ word: other, errors: wrong, first: own[0] === signs[0] ? 0 : 1 });
    });
    close.sort(function (a, b) { return a.errors - b.errors || a.first - b.first || (a.word < b.word ? -1 : 1); });
    return close.slice(0, GUESSES);
  }

  async function phrase(unit) {
    var found = null, last = unit.words.length - 1;
    for (var at = 0; at <= last; at++) {
      var next = new Map(), word = unit.words[at];
      await look(word, unit.prefix && at === last && mayGoOn(word), function (entry, spots) {
        var before = found && found.get(entry), own;
        if (found && !before) return;
        for (var i = 0; i < spots.length; i += 2) {
          var start = spots[i] - at, type = spots[i + 1];
          if (before) {
            var j = 0;
            while (j < before.length && before[j] !== start) j += 2;
            if (j >= before.length) continue;
            type = Math.min(type, before[j + 1]);
          }
          own = own || next.get(entry) || [];
          own.push(start, type);
        }
        if (own) next.set(entry, own);
      });
      found = next;
    }
    var hits = new Hits(unit.words.length, unit.quoted);
    found.forEach(function (spots, entry) { hits.put(entry, spots, EXACT); });
    return hits;
  }

  async function single(word, unit, answer) {
    var hits = new Hits(1, unit.quoted), open = unit.prefix && !unit.quoted && mayGoOn(word), length = Array.from(word).length;
    await look(word, open, function (entry, spots, text) { hits.put(entry, spots, text === word ? EXACT : LONGER); });
    if (!unit.quoted && length >= 4 && !head.common.includes(word)) {
      var others = [word + "s"].concat(word.endsWith("s") ? [word.slice(0, -1)] : []);
      for (var other of others) await look(other, false, function (entry, spots) { hits.put(entry, spots, PLURAL); });
    }
    if (hits.count || unit.quoted) {
      if (!hits.count) answer.missing.push(word);
      return [hits];
    }
    for (var guess of await guesses(word)) {
      await look(guess.word, false, function (entry, spots) { hits.put(entry, spots, ERRORS[guess.errors]); });
      answer.guessed.push([word, guess.word]);
    }
    if (hits.count) return [hits];
    if (!unit.prefix || length > 2) answer.missing.push(word);
    return [];
  }

  async function several(unit, answer) {
    if (unit.words.length === 1) return single(unit.words[0], unit, answer);
    var hits = await phrase(unit);
    if (hits.count) return [hits];
    if (unit.quoted) {
      answer.missing.push(unit.words.join(" "));
      return [hits];
    }
    var all = [], last = unit.words.length - 1;
    for (var at = 0; at <= last; at++) {
      var one = { words: [unit.words[at]], prefix: unit.prefix && at === last, quoted: false };
      all = all.concat(await single(one.words[0], one, answer));
    }
    return all;
  }

  async function allowed(filters) {
    var all = new Uint8Array(head.entries), from = 0, to = head.entries;
    if (filters.year) {
      var at = head.years.findIndex(function (one) { return one.year === +filters.year; });
      from = at < 0 ? 0 : head.years[at].first;
      to = at < 0 ? 0 : (head.years[at + 1] || { first: head.entries }).first;
    }
    all.fill(1, from, to);
    var terms = [["section", "§"], ["mark", "#"], ["host", "@"]];
    for (var term of terms) {
      if (!filters[term[0]]) continue;
      var has = new Uint8Array(head.entries);
      await look(term[1] + filters[term[0]], false, function (entry) { has[entry] = 1; });
      for (var i = from; i < to; i++) all[i] &= has[i];
    }
    return all;
  }

  function score(hits, entry) {
    var sum = 0, before = null;
    for (var unit = 0; unit < hits.length; unit++) {
      var one = hits[unit], worth = one.worth[entry], at = one.at[entry];
      if (!worth) { before = null; continue; }
      sum += worth * one.rarity;
      if (before && before.at[entry] + before.length === at) {
        sum += Math.floor(Math.min(worth, before.worth[entry]) * Math.min(one.rarity, before.rarity) / 2);
      }
      if (unit === 0 && at === 0) sum += Math.floor(worth * one.rarity / 4);
      before = one;
    }
    return sum;
  }

  // `among` holds all entries that can come into question.
  function rank(hits, all, least, most, among) {
    var ranked = [];
    for (var entry of among) {
      if (!all[entry]) continue;
      var rarity = 0, whole = true;
      for (var one of hits) {
        if (one.worth[entry]) rarity += one.rarity;
        else if (one.quoted) { whole = false; break; }
      }
      if (whole && rarity && rarity >= least && rarity <= most) ranked.push({ entry: entry, score: score(hits, entry) });
    }
    ranked.sort(function (a, b) { return b.score - a.score || b.entry - a.entry; });
    return ranked.map(function (one) { return one.entry; });
  }

  async function ranked(units, all, answer) {
    var hits = [], whole = 0, entry;
    if (!units.length) {
      var plain = [];
      for (entry = all.length - 1; entry >= 0; entry--) if (all[entry]) plain.push(entry);
      answer.whole = plain.length;
      return plain;
    }
    var telling = units.filter(function (unit) {
      return unit.quoted || unit.words.length > 1 || !head.common.includes(unit.words[0]);
    });
    if (telling.length > 1) units = telling;
    // What will be needed is asked for at once, and then used one after the other.
    units.forEach(function (unit) {
      unit.words.forEach(function (word, at) {
        shards(word, unit.prefix && at === unit.words.length - 1 && mayGoOn(word)).catch(function () {});
      });
    });
    for (var unit of units) hits = hits.concat(await several(unit, answer));
    hits.forEach(function (one) {
      one.rarity = Math.max(log(head.entries) - log(one.count), 0) + 8;
      whole += one.rarity;
    });
    if (!hits.length) return [];
    var rarest = hits.reduce(function (a, b) { return b.count < a.count ? b : a; });
    var found = rank(hits, all, whole, Infinity, rarest.entries);
    answer.whole = found.length;
    if (found.length >= FEW) return found;
    var any = new Set();
    hits.forEach(function (one) { one.entries.forEach(any.add, any); });
    return found.concat(rank(hits, all, Math.ceil(whole / 3), whole - 1, any));
  }

  function place(entry) {
    var at = count(head.years, function (year) { return year.first <= entry; }) - 1, year = head.years[at];
    var within = entry - year.first, block = Math.floor(within / BLOCK);
    return [year.year + "-" + block + "-" + year.blocks.substr(8 * block, 8) + ".bin", within % BLOCK];
  }

  function readBlock(bytes) { return JSON.parse(utf8.decode(bytes)); }

  async function shown(ranked, limit) {
    var all = [], known = new Set();
    for (var at = 0; at < ranked.length && all.length < limit;) {
      var next = ranked.slice(at, at + limit - all.length).map(place);
      at += next.length;
      var blocks = await Promise.all(next.map(function (one) { return load(one[0], readBlock); }));
      next.forEach(function (one, n) {
        var row = blocks[n][1][one[1]], issue = blocks[n][0][row[6][0]], key = row[0] + "\n" + row[1];
        if (known.has(key)) return;
        known.add(key);
        all.push({
          title: row[0], url: row[1], note: row[2], marks: row[3], section: row[4],
          place: issue[2] + (row[5] ? "#" + row[5] : ""), number: issue[0], date: issue[1], issue: issue[3], further: row[6].length - 1
        });
      });
    }
    return all;
  }

  async function search(text, filters, limit) {
    await loadHead();
    var answer = { total: 0, whole: 0, missing: [], guessed: [], found: [] };
    var order = await ranked(parse(text), await allowed(filters), answer);
    answer.total = order.length;
    answer.found = await shown(order, limit);
    return answer;
  }
  window.pressSearch = search; // for tests, and for a newsletter's own pages

  // ---- The page

  var input = form.elements.q, status = document.querySelector(".found-status"), list = document.querySelector(".found"), more = document.querySelector(".more");
  var names = ["section", "year", "mark", "host"], turn = 0, limit = PAGE, answered = "";
  var days; // made with the first entry: it takes a telephone longer than all else that begins here
  function day(date) {
    days = days || new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium", timeZone: "UTC" });
    return days.format(new Date(date + "T00:00:00Z"));
  }

  function filters() {
    var chosen = {};
    names.forEach(function (name) {
      var field = form.elements[name];
      chosen[name] = field ? field.value.trim() : "";
    });
    chosen.host = chosen.host.toLowerCase().replace(/^\w+:\/\//, "").replace(/^www\./, "").replace(/\/.*$/, "");
    return chosen;
  }

  function address() {
    var chosen = filters(), query = new URLSearchParams();
    if (input.value) query.set("q", input.value);
    names.forEach(function (name) { if (chosen[name]) query.set(name, chosen[name]); });
    return location.pathname + (query.toString() && "?" + query);
  }

  function element(name, text, type) {
    var made = document.createElement(name);
    if (text) made.textContent = text;
    if (type) made.className = type;
    return made;
  }

  function link(text, url) {
    var made = element("a", text);
    made.href = url;
    return made;
  }

  function host(url) {
    try { return new URL(url, location.href).hostname.replace(/^www\./, ""); } catch (e) { return ""; }
  }

  function row(one) {
    var made = element("li"), title = element("p", "", "what"), where = element("p", "", "where");
    one.marks.forEach(function (mark) {
      var known = head.marks.find(function (other) { return other.id === mark; });
      title.append(element("span", known ? known.title : mark, "mark"), " ");
    });
    title.append(link(one.title, one.url));
    made.append(title);
    if (one.note) made.append(element("p", one.note, "note"));
    var parts = [element("span", host(one.url)), element("span", one.section)];
    var issue = element("span");
    issue.append(link(one.number === null ? one.issue : "Issue " + one.number, one.place), ", ");
    var time = element("time", day(one.date));
    time.dateTime = one.date;
    issue.append(time, one.further ? " and " + one.further + " before" : "");
    parts.concat(issue).forEach(function (part) { if (part.textContent) where.append(part); });
    made.append(where);
    return made;
  }

  function tell(answer) {
    var said = [], n = answer.total.toLocaleString(document.documentElement.lang || "en");
    answer.guessed.forEach(function (guess, at) {
      var first = !at || answer.guessed[at - 1][0] !== guess[0];
      said.push(first ? "Nothing has “" + guess[0] + "”; this is for “" + guess[1] + "”" : "and “" + guess[1] + "”");
    });
    var guessed = said.join(" ") + (said.length ? ". " : "");
    var missing = answer.missing.length ? "Nothing has “" + answer.missing.join("”, “") + "”. " : "";
    if (!answer.total) return guessed + (missing || "Nothing found. ");
    var most = answer.whole === answer.total ? "" : answer.whole ? ", the first " + answer.whole + " with all words" : ", none with all words";
    return guessed + missing + n + (answer.total === 1 ? " entry" : " entries") + most + ".";
  }

  async function run(keepPage) {
    var own = ++turn, chosen = filters(), text = input.value;
    var asked = JSON.stringify([text, chosen]);
    if (!keepPage && asked !== answered) limit = PAGE;
    if (!text.trim() && !names.some(function (name) { return chosen[name]; })) {
      list.replaceChildren();
      more.hidden = true;
      status.textContent = "";
      answered = asked;
      return;
    }
    try {
      var answer;
      try { answer = await search(text, chosen, limit); } catch (first) {
        // A page that stands open for long may know files that a newer build has replaced.
        files.clear();
        answer = await search(text, chosen, limit);
      }
      if (own !== turn) return;
      list.replaceChildren.apply(list, answer.found.map(row));
      more.hidden = answer.found.length >= answer.total || answer.found.length < limit;
      status.textContent = tell(answer);
      status.classList.remove("mistake");
    } catch (mistake) {
      if (own !== turn) return;
      list.replaceChildren();
      more.hidden = true;
      status.textContent = window.DecompressionStream
        ? "The search index could not be loaded. Try again, or look through the archive."
        : "This browser is too old for the search. Look through the archive.";
      status.classList.add("mistake");
    }
    answered = asked;
    performance.mark("press-answered");
  }

  function fill() {
    var query = new URLSearchParams(location.search);
    input.value = query.get("q") || "";
    names.forEach(function (name) { if (form.elements[name]) form.elements[name].value = query.get(name) || ""; });
  }

  input.addEventListener("input", function () { history.replaceState(null, "", address()); run(); });
  form.addEventListener("change", function (e) {
    if (e.target === input) return;
    history.pushState(null, "", address());
    run();
  });
  form.addEventListener("submit", function (e) {
    e.preventDefault();
    history.replaceState(null, "", address());
    run().then(function () {
      var first = list.querySelector(".what a");
      if (first) first.focus();
    });
  });
  form.addEventListener("reset", function () {
    setTimeout(function () { history.pushState(null, "", address()); run(); input.focus(); });
  });
  more.addEventListener("click", function () {
    var shown = list.children.length;
    limit += PAGE;
    run(true).then(function () {
      var next = list.children[shown];
      if (next) next.querySelector(".what a").focus();
    });
  });
  addEventListener("popstate", function () { fill(); run(); });

  document.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
    if (e.key === "/" && !typing) { e.preventDefault(); input.focus(); input.select(); return; }
    if (e.key === "Escape" && (e.target === input || list.contains(e.target))) {
      e.preventDefault();
      input.value = "";
      input.focus();
      history.replaceState(null, "", address());
      run();
      return;
    }
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp" || e.target !== input && !list.contains(e.target)) return;
    var links = Array.from(list.querySelectorAll(".what a"));
    var row = e.target.closest("li"), at = row ? Array.from(list.children).indexOf(row) : -1;
    var to = at + (e.key === "ArrowDown" ? 1 : -1);
    if (to >= links.length || to < -1) return;
    e.preventDefault();
    (to < 0 ? input : links[to]).focus();
  });

  if (location.search || !input.value) fill(); // who types faster than this comes keeps what was typed
  loadHead().catch(function () {}); // is said when somebody asks
  run();
  if (!input.value && matchMedia("(hover: hover)").matches) input.focus({ preventScroll: true });
})();
