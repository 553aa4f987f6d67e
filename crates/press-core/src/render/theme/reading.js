// What makes reading easier: sections that fold, what is new since the last visit, keys, links to single items. The pages
// do without it. What a reader chose is kept in the browser and nowhere else. Loaded where there is something to read;
// press.js keeps folded sections from being painted before this runs.
(function () {
  "use strict";
  var text = document.querySelector(".on-issue .prose, .on-home .prose");
  var main = document.querySelector("main") || document.body;
  var brand = document.querySelector(".brand");
  var place = brand ? brand.pathname : "/"; // several newsletters may share a host

  // ---- What stays in the browser

  function read(key) {
    try { return localStorage.getItem("press-" + key) || ""; } catch (e) { return ""; } // may be forbidden
  }
  function keep(key, value) {
    try { localStorage.setItem("press-" + key, value); } catch (e) { /* only this page, then */ }
  }
  function readData(key, without) {
    try { return JSON.parse(read(key)) || without; } catch (e) { return without; } // somebody else's
  }

  function make(name, attributes, children) {
    var made = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function all(selector, within) { return Array.from((within || document).querySelectorAll(selector)); }
  function shown(element) { return !element.closest("[hidden]"); }

  var says = make("p", { class: "said", role: "status" }), silence;
  document.body.append(says);
  function say(words) {
    says.textContent = words;
    clearTimeout(silence);
    silence = setTimeout(function () { says.textContent = ""; }, 4000);
  }

  // ---- Sections fold. Which are folded is remembered by name, so that it holds for the next issue too. What a link or a
  // search in the page opens is open on this page only.

  var sections = [], opened = new Set(), notes = [];
  function remembered() { return new Set(read("folded").split(" ").filter(Boolean)); }
  var folded = remembered();
  function isFolded(section) { return folded.has(section.head.id) && !opened.has(section); }

  function label(head) { // the name of a heading is what it says, without its buttons
    var words = make("span", { id: "press-" + head.id }, Array.from(head.childNodes));
    head.append(words);
    head.setAttribute("aria-labelledby", words.id);
    return words.id;
  }

  function readSections() {
    var within = [];
    Array.from(text.children).forEach(function (part) {
      var level = /^H[2-6]$/.test(part.tagName) ? Number(part.tagName[1]) : 0;
      if (level) within = within.filter(function (section) { return section.level < level; });
      within.forEach(function (section) { section.parts.push(part); });
      if (!level || !part.id) return;
      var name = label(part);
      if (level > 3) return;
      var section = { head: part, level: level, parts: [], name: name };
      within = within.concat(section);
      sections.push(section);
    });
    sections = sections.filter(function (section) { return section.parts.length; });
  }

  function addButton(section) {
    section.button = make("button", { type: "button", class: "fold", "aria-labelledby": section.name });
    section.button.addEventListener("click", function () { fold(section, !isFolded(section)); });
    section.head.append(section.button);
  }

  function showSections() {
    var hidden = new Set();
    sections.forEach(function (section) {
      var is = isFolded(section);
      section.button.setAttribute("aria-expanded", String(!is));
      section.head.classList.toggle("folded", is);
      if (is) section.parts.forEach(function (part) { hidden.add(part); });
    });
    Array.from(text.children).forEach(function (part) {
      if (hidden.has(part)) part.setAttribute("hidden", "until-found");
      else part.removeAttribute("hidden");
    });
    var count = sections.filter(isFolded).length;
    notes.forEach(function (note) {
      note.hidden = !count;
      note.firstChild.textContent = count === 1 ? "1 section is folded. " : count + " sections are folded. ";
    });
  }

  function fold(section, close) {
    folded = remembered(); // another tab may have changed it
    folded.delete(section.head.id);
    opened.delete(section);
    if (close) folded.add(section.head.id);
    keep("folded", Array.from(folded).slice(-200).join(" "));
    showSections();
  }

  function unfoldAll() {
    folded = remembered();
    sections.forEach(function (section) { folded.delete(section.head.id); });
    opened.clear();
    keep("folded", Array.from(folded).join(" "));
    showSections();
  }

  function reveal(element) { // says whether it had been hidden
    var around = sections.filter(function (section) {
      return isFolded(section) && (section.head === element || section.parts.some(function (part) { return part.contains(element); }));
    });
    around.forEach(function (section) { opened.add(section); });
    if (around.length) showSections();
    return around.length > 0;
  }

  function target() {
    try { return document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch (e) { return null; }
  }
  function followHash() {
    var to = location.hash.length > 1 && target();
    if (!to || !text.contains(to)) return;
    if (reveal(to)) to.scrollIntoView();
    // Lists above it are laid out only now, and not every browser keeps the place then.
    requestAnimationFrame(function () { requestAnimationFrame(function () { to.scrollIntoView(); }); });
  }

  function addNote(behind) {
    if (!behind) return;
    var button = make("button", { type: "button" }, ["Unfold all"]);
    button.addEventListener("click", function () {
      var inside = button === document.activeElement;
      unfoldAll();
      if (inside && sections.length) sections[0].button.focus(); // the button is gone now
    });
    var note = make("p", { class: "folds" }, [make("span", {}), button]);
    behind.append(note);
    notes.push(note);
  }

  if (text) {
    readSections();
    sections.forEach(addButton);
    addNote(document.querySelector(".toc details"));
    addNote(text);
    showSections();
    followHash();
    addEventListener("hashchange", followHash);
    // A link to where the address already leads changes no address.
    document.addEventListener("click", function (e) {
      var link = e.target.closest("a[href^='#']");
      if (link && link.hash === location.hash) followHash();
    });
    addEventListener("storage", function (e) {
      if (e.key === "press-folded") { folded = remembered(); showSections(); }
    });
    text.addEventListener("beforematch", function (e) { reveal(e.target); }); // found by the browser
  }

  // ---- New since the last visit. A visit ends when nothing was read for three hours; the first one marks nothing.

  var AWAY = 3 * 3600 * 1000, ISSUES = 4;
  function mark(before, words) { before.prepend(make("span", { class: "new" }, [words])); }

  function noteVisit() {
    var visit = readData("visit " + place, {}), now = Date.now();
    if (!(Math.abs(now - visit.at) < AWAY)) {
      visit.since = visit.newest || "";
      visit.number = (visit.number || 0) + 1;
    }
    visit.at = now;
    all(".issues time, .folio time").forEach(function (time) {
      if (time.dateTime > (visit.newest || "")) visit.newest = time.dateTime;
    });
    keep("visit " + place, JSON.stringify(visit));
    return visit;
  }

  function markIssues(since) {
    if (!since) return;
    all(".issues li, .through-time li, .folio li").forEach(function (row) {
      var time = row.querySelector("time[datetime]");
      if (!time || time.dateTime <= since || row.querySelector(".new")) return;
      time.before(make("span", { class: "new" }, ["new"]), " ");
    });
  }

  // Items keep their ids when an issue is corrected, so those that were not there before are new.
  function markItems(visit) {
    var items = all("[id^='i-']", text), address = text.dataset.issue || location.pathname;
    var issues = readData("read " + place, []);
    if (!Array.isArray(issues)) issues = [];
    var known = issues.find(function (one) { return one.issue === address; });
    var first = !known;
    if (first) known = { issue: address, visit: visit, ids: "", fresh: "" };
    if (known.visit !== visit) { // those of the last visit are not new any more
      known.ids += known.fresh;
      known.fresh = "";
      known.visit = visit;
    }
    var ids = new Set(known.ids.split(" ")), fresh = "";
    items.forEach(function (item) {
      var id = item.id.slice(2);
      if (ids.has(id)) return;
      fresh += id + " ";
      if (!first) mark(item, "new");
    });
    known[first ? "ids" : "fresh"] = fresh;
    issues = [known].concat(issues.filter(function (one) { return one.issue !== address; })).slice(0, ISSUES);
    keep("read " + place, JSON.stringify(issues));
  }

  var visit = noteVisit();
  markIssues(visit.since);
  if (text) markItems(visit.number);

  // ---- A link to one item or heading: one button, which goes where the focus or the pointer is. It stands before the
  // item's own link, so that tabbing on from link to link never meets it and tabbing back does.

  var ANCHORS = "[id^='i-'], h2[id], h3[id], h4[id], h5[id]", copier, copied;

  function addressOf(element) {
    var canonical = document.querySelector("link[rel=canonical]");
    var page = new URL(text.dataset.issue || location.pathname, canonical ? canonical.href : location.href);
    page.hash = element.id;
    return page.href;
  }

  function copyByHand(address) { // where a page may not write to the clipboard by itself
    var field = make("textarea", { class: "unseen" }), focus = document.activeElement, done = false;
    field.value = address;
    document.body.append(field);
    field.select();
    try { done = document.execCommand("copy"); } catch (e) { /* then not */ }
    field.remove();
    if (focus) focus.focus({ preventScroll: true });
    return done;
  }

  function copy(element) {
    var address = addressOf(element);
    function end(done) {
      if (!done) history.replaceState(history.state, "", "#" + element.id);
      say(done ? "Link copied" : "The link is in the address bar");
    }
    var there = navigator.clipboard && navigator.clipboard.writeText;
    if (!there) return end(copyByHand(address));
    navigator.clipboard.writeText(address).then(function () { end(true); }, function () { end(copyByHand(address)); });
  }

  function offer(e) {
    var to = e.target.closest && e.target.closest(ANCHORS);
    if (to === copied || copier === document.activeElement) return;
    copied = to && text.contains(to) ? to : null;
    if (!copied) return copier.remove();
    copier.setAttribute("aria-label", /^H/.test(copied.tagName) ? "Copy a link to this section" : "Copy a link to this item");
    copied.prepend(copier);
  }

  if (text) {
    copier = make("button", { type: "button", class: "copy" });
    copier.addEventListener("click", function () { copy(copier.parentElement); });
    text.addEventListener("pointerover", offer); // a finger that taps beside a link counts too
    text.addEventListener("focusin", offer);
  }

  // ---- Keys. They can be turned off, for those who talk to their browser or often hit one by accident.

  function from(list, step) { // the next or last of a list, from the focus, or else from what is seen
    var here = document.activeElement, box = here.getBoundingClientRect();
    if (main.contains(here) && here !== main && box.bottom > 0 && box.top < innerHeight) {
      var side = step > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
      var rest = list.filter(function (one) { return one !== here && here.compareDocumentPosition(one) & side; });
      return step > 0 ? rest[0] : rest[rest.length - 1];
    }
    if (step > 0) return list.find(function (one) { return one.getBoundingClientRect().top >= 0; });
    return list.filter(function (one) { return one.getBoundingClientRect().top < 0; }).pop();
  }

  function go(to, block) {
    if (!to) return;
    to.focus({ preventScroll: true });
    (to.closest("h2, h3") || to).scrollIntoView({ block: block });
  }

  function item(step) {
    var rows = text ? "[id^='i-'], .issues li" : ".issues li, .through-time li, .events li, .streams li";
    var links = all(rows, main).filter(shown).map(function (row) { return row.querySelector("a[href]"); });
    go(from(links.filter(Boolean), step), "nearest");
  }

  function heading(step) {
    var heads = all("h2, h3", main).filter(shown).map(function (head) {
      var button = head.querySelector(".fold");
      if (!button) head.tabIndex = -1;
      return button || head;
    });
    go(from(heads, step), "start");
  }

  function current() { // the innermost section of the focus, or of what is seen
    var here = document.activeElement, seen;
    if (!text.contains(here)) here = null;
    sections.forEach(function (section) {
      if (!shown(section.head)) return;
      var before = here ? section.head.contains(here) || here.compareDocumentPosition(section.head) & Node.DOCUMENT_POSITION_PRECEDING
        : section.head.getBoundingClientRect().top < innerHeight / 3;
      if (before) seen = section;
    });
    return seen;
  }

  function foldHere() {
    var section = current();
    if (!section) return;
    var close = !isFolded(section);
    if (close) go(section.button, "nearest"); // before what has the focus is hidden
    fold(section, close);
  }

  function copyHere() {
    var here = document.activeElement.closest(ANCHORS);
    if (here && text.contains(here)) copy(here);
    else say("Go to a link first, with j");
  }

  function follow(selector) {
    var link = document.querySelector(selector);
    if (link) location.href = link.href;
  }
  function press(selector) {
    var button = document.querySelector(selector);
    if (button) button.click();
  }
  function there(selector) { return function () { return document.querySelector(selector); }; }
  function here() { return text; }
  var OLDER = "link[rel=prev], .ears .back, .on-home .issues ol a", NEWER = "link[rel=next], .ears .on";
  var ROWS = ".prose [id^='i-'], .issues li, .through-time li, .events li, .streams li";

  // Each: the keys with what they do, what that is, and where it is possible.
  var KEYS = [
    [{ j: item.bind(null, 1), k: item.bind(null, -1) }, "next link, the one before", there(ROWS)],
    [{ o: function () { if (main.contains(document.activeElement)) document.activeElement.click(); } }, "open it, as Enter does", there(ROWS)],
    [{ n: heading.bind(null, 1), p: heading.bind(null, -1) }, "next section, the one before", there("main h2")],
    [{ x: foldHere }, "fold the section, or unfold it", here],
    [{ c: copyHere }, "copy a link to the item or section", here],
    [{ "[": follow.bind(null, OLDER), "]": follow.bind(null, NEWER) }, "the issue before, the next one", there(OLDER + ", " + NEWER)],
    [{ "/": follow.bind(null, "a[rel=search]") }, "search", there("a[rel=search]")],
    [{ h: follow.bind(null, ".brand") }, "first page", there(".brand")],
    [{ t: press.bind(null, ".theme") }, "colours: auto, light, dark", there(".theme")],
    [{ "?": help }, "this list"],
  ].filter(function (row) { return !row[2] || row[2](); });
  var dialog;

  function help() {
    if (!dialog) build();
    dialog.querySelector("input").checked = !read("keys");
    dialog.showModal();
  }

  function build() {
    var rows = KEYS.map(function (row) {
      var keys = Object.keys(row[0]).map(function (key) { return make("kbd", {}, [key]); });
      return make("div", {}, [make("dt", {}, keys), make("dd", {}, [row[1]])]);
    });
    var box = make("input", { type: "checkbox", id: "press-keys" }), close = make("button", { type: "button", autofocus: "" }, ["Close"]);
    dialog = make("dialog", { class: "keys", "aria-labelledby": "press-keys-title" }, [
      make("h2", { id: "press-keys-title" }, ["Keys"]), make("dl", {}, rows),
      make("p", {}, [box, make("label", { for: "press-keys" }, ["These keys are on"])]), make("p", {}, [close]),
    ]);
    box.addEventListener("change", function () { keep("keys", box.checked ? "" : "off"); });
    close.addEventListener("click", function () { dialog.close(); });
    dialog.addEventListener("click", function (e) { if (e.target === dialog) dialog.close(); }); // beside it
    document.body.append(dialog);
  }

  document.addEventListener("keydown", function (e) {
    var on = e.target instanceof Element ? e.target : document.body;
    if (e.defaultPrevented || e.ctrlKey || e.altKey || e.metaKey || e.isComposing || read("keys")) return;
    if (on.closest("input, textarea, select, dialog, [contenteditable]")) return;
    var row = KEYS.find(function (one) { return Object.hasOwn(one[0], e.key); });
    if (!row) return;
    e.preventDefault();
    row[0][e.key]();
  });

  var foot = document.querySelector("footer.site > ul:last-of-type");
  if (foot && window.HTMLDialogElement) {
    var button = make("button", { type: "button", "aria-haspopup": "dialog" }, ["Keys"]);
    button.addEventListener("click", help);
    foot.append(make("li", { class: "keys-there" }, [button]));
  }
})();
