// What Lighthouse says of pages that a server on this machine has, on the telephone and the line that it plays:
//
//     node measure.js http://127.0.0.1:8080 5 / /archive/
//
// Prints a row of Markdown a page, with medians; what was found wanting goes to standard error. CHROME_PATH names the browser.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [origin, runs, ...paths] = process.argv.slice(2);
const categories = ["performance", "accessibility", "best-practices", "seo"];
const measures = {
  "largest paint, ms": "largest-contentful-paint",
  "blocked, ms": "total-blocking-time",
  "shift": "cumulative-layout-shift",
  "KB": "total-byte-weight",
};

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

const chrome = await launch({ chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"] });
console.log(`| page | ${[...categories, ...Object.keys(measures)].join(" | ")} | requests | machine |`);
for (const path of paths) {
  const rows = [], wanting = new Set();
  for (let tries = 0; rows.length < Number(runs) && tries < 3 * Number(runs); tries++) {
    const { lhr } = await lighthouse(origin + path, { port: chrome.port, logLevel: "error" });
    if (lhr.runtimeError) continue; // the browser was not heard in time
    const value = (id) => lhr.audits[id].numericValue;
    rows.push([
      ...categories.map((id) => Math.round(100 * lhr.categories[id].score)),
      ...Object.values(measures).map((id) => value(id) / (id === "total-byte-weight" ? 1000 : 1)),
      lhr.audits["network-requests"].details.items.length,
      lhr.environment.benchmarkIndex,
    ]);
    for (const id of categories) {
      for (const { id: audit, weight } of lhr.categories[id].auditRefs) {
        const { score, displayValue } = lhr.audits[audit];
        if (weight && score !== null && score < 0.9) wanting.add(`${path}: ${audit} ${displayValue ?? ""}`);
      }
    }
  }
  const columns = rows[0].map((_, at) => median(rows.map((row) => row[at])));
  const shown = columns.map((number) => (number < 1 ? number.toFixed(2) : number.toFixed(0)));
  console.log(`| ${path} | ${shown.join(" | ")} |`);
  wanting.forEach((line) => console.error(line));
}
chrome.kill();
