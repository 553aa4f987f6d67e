// Shows each change of a text without losing the reader's place: the server answers when something changed,
// and only the parts of the page that differ are put in.
(() => {
  const box = document.createElement("pre");
  box.setAttribute("role", "alert");
  box.className = "live-error";
  box.hidden = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.live-error:not([hidden]) { position: fixed; inset: auto 0 0 0; max-height: 60vh; overflow: auto;
    margin: 0; padding: 1rem 1.5rem; font: 0.85rem/1.5 ui-monospace, monospace; white-space: pre-wrap;
    color: #fff; background: #7d1f10; z-index: 9; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  const parts = ["main", "header.site", "footer.site"];

  async function refresh() {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const open = [...document.querySelectorAll("details")].map((details) => details.open);
    for (const part of parts) {
      const old = document.querySelector(`body > ${part}`);
      const now = fresh.querySelector(`body > ${part}`);
      if (old && now && old.outerHTML !== now.outerHTML) old.replaceWith(now);
    }
    document.querySelectorAll("details").forEach((details, index) => {
      if (index < open.length) details.open = open[index];
    });
    const style = (page) => page.querySelector('link[rel="stylesheet"]');
    if (style(fresh) && style(fresh).href !== style(document).href) style(document).href = style(fresh).href;
    document.title = fresh.title;
  }

  let version = 0;

  async function follow() {
    for (;;) {
      try {
        const answer = await fetch(`/-/changes?since=${version}`, { cache: "no-store" });
        const change = await answer.json();
        const known = version;
        version = change.version;
        box.hidden = !change.error;
        box.textContent = change.error || "";
        if (known && !change.error) await refresh();
      } catch {
        // The server is being started again: try until it is there.
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  document.addEventListener("DOMContentLoaded", () => document.body.append(box));
  if (document.body) document.body.append(box);
  follow();
})();
