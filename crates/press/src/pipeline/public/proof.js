// Does the small work that a form asks for, before it is sent: see `proof.rs`. Without JavaScript the form works too, only
// fewer of those come through in an hour.
"use strict";

(() => {
  const K = new Uint32Array(64);
  const START = new Uint32Array(8);
  for (let n = 2, found = 0; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
    if (!prime) continue;
    const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
    if (found < 8) START[found] = fraction(Math.sqrt(n));
    K[found++] = fraction(Math.cbrt(n));
  }
  const W = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  function block(h, bytes, at) {
    for (let i = 0; i < 16; i++) {
      const j = at + 4 * i;
      W[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
    }
    for (let i = 16; i < 64; i++) {
      const a = W[i - 15], b = W[i - 2];
      W[i] = W[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + W[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, k] = h;
    for (let i = 0; i < 64; i++) {
      const one = (k + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      k = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
  }

  // The first 32 bits of SHA-256.
  function head(text) {
    const size = (text.length + 9 + 63) & ~63;
    const bytes = new Uint8Array(size);
    bytes.set(text);
    bytes[text.length] = 0x80;
    new DataView(bytes.buffer).setUint32(size - 4, text.length * 8);
    const h = START.slice();
    for (let at = 0; at < size; at += 64) block(h, bytes, at);
    return h[0];
  }

  // Lets the page live in between. Not by a timer: pages that nobody looks at have few of them.
  function breath() {
    return new Promise((done) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { channel.port1.close(); done(); };
      channel.port2.postMessage(0);
    });
  }

  async function prove(challenge, address, bits) {
    const encoder = new TextEncoder();
    for (let nonce = 0; ; nonce++) {
      if (head(encoder.encode(`${challenge}:${address}:${nonce}`)) >>> (32 - bits) === 0) return String(nonce);
      if (nonce % 2000 === 1999) await breath();
    }
  }

  for (const form of document.querySelectorAll("form[data-challenge]")) {
    let proved = "";
    form.addEventListener("submit", async (event) => {
      const address = form.elements.address.value.trim();
      if (proved === address) return;
      event.preventDefault();
      const button = form.querySelector("button");
      const text = button.textContent;
      button.disabled = true;
      button.textContent = "One moment …";
      // Nothing can be sent while the browser still tells of the click, and with luck the proof is found at once.
      await breath();
      form.elements.nonce.value = await prove(form.dataset.challenge, address, Number(form.dataset.bits));
      proved = address;
      button.disabled = false;
      button.textContent = text;
      form.requestSubmit();
    });
  }
})();
