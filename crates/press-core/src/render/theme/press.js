// Runs at once, in <head>, so that the chosen colours stand before the first paint.
// The pages do without it: then there is no theme button and the contents are folded by hand.
(function () {
  "use strict";
  var root = document.documentElement, themes = ["auto", "light", "dark"], theme;

  function read() {
    try { theme = localStorage.getItem("press-theme"); } catch (e) { theme = ""; } // may be forbidden
    if (themes.indexOf(theme) < 0) theme = "auto";
  }

  function show() {
    root.dataset.theme = theme;
    // The browser's own bars follow: one <meta> applies always, the other never.
    document.querySelectorAll("meta[name=theme-color]").forEach(function (meta, i) {
      var own = i ? "dark" : "light";
      meta.media = theme === "auto" ? "(prefers-color-scheme: " + own + ")" : theme === own ? "all" : "not all";
    });
    var label = document.querySelector(".theme b");
    if (label) label.textContent = theme;
  }

  root.classList.add("js");
  read();
  show();
  addEventListener("storage", function () { read(); show(); }); // chosen in another tab

  // Sections that the reader has folded are not painted at all, so that nothing jumps. reading.js takes over before the page
  // is ready; if it does not, the text comes back.
  var folds;
  try {
    var rules = (localStorage.getItem("press-folded") || "").split(" ").filter(Boolean).map(function (id) {
      return ["h2", "h3"].map(function (level, at) {
        var head = "body:is(.on-issue, .on-home) .prose > " + level + "#" + CSS.escape(id);
        var next = head + " ~ :is(" + ["h2", "h2, h3"][at] + ")";
        return head + " { margin-block-end: 0; } " + head + " ~ :not(" + next + ", " + next + " ~ *, .folds) { display: none; }";
      }).join(" ");
    });
    if (rules.length) {
      folds = new CSSStyleSheet({ media: "screen" });
      folds.replaceSync(rules.join("\n"));
      document.adoptedStyleSheets = [folds];
    }
  } catch (e) { folds = null; } // no storage, or an old browser

  document.addEventListener("DOMContentLoaded", function () {
    show();
    if (folds) folds.disabled = true;
    var button = document.querySelector(".theme");
    if (button) button.addEventListener("click", function () {
      theme = themes[(themes.indexOf(theme) + 1) % 3];
      try { localStorage.setItem("press-theme", theme); } catch (e) { /* only this page, then */ }
      show();
    });

    // What scrolls must be within reach of the keyboard. Asked when the page is laid out anyway: to ask now would lay it out
    // once more.
    var sizes = new ResizeObserver(function (seen) {
      seen.forEach(function (one) {
        if (one.target.scrollWidth > one.target.clientWidth) one.target.tabIndex = 0;
        else one.target.removeAttribute("tabindex");
      });
    });
    document.querySelectorAll(".prose table").forEach(function (t) { sizes.observe(t); });

    var toc = document.querySelector(".toc");
    if (!toc) return;
    var box = toc.querySelector("details");
    var wide = matchMedia("(min-width: 64em)"); // the same width as in press.css
    (wide.onchange = function () { box.open = wide.matches; })();
    toc.addEventListener("click", function (e) { // on a small screen it has done its work
      if (e.target.closest("a") && !wide.matches) box.open = false;
    });

    // Mark the section being read: the last heading above the lower two thirds.
    var links = {}, heads = [], current;
    toc.querySelectorAll("a").forEach(function (a) {
      var head = document.getElementById(decodeURIComponent(a.hash.slice(1)));
      if (head) { links[head.id] = a; heads.push(head); }
    });
    function mark() {
      var now;
      heads.forEach(function (h) { if (!h.hidden && h.getBoundingClientRect().top < innerHeight * 0.34) now = links[h.id]; });
      if (now === current) return;
      if (current) current.removeAttribute("aria-current");
      current = now;
      if (!now) return;
      now.setAttribute("aria-current", "true");
      var a = now.getBoundingClientRect(), b = toc.getBoundingClientRect();
      if (a.top < b.top || a.bottom > b.bottom) toc.scrollTop += a.top - b.top - b.height / 3;
    }
    var watch = new IntersectionObserver(mark, { rootMargin: "99999px 0px -66% 0px" });
    heads.forEach(function (h) { watch.observe(h); });
  });
})();
