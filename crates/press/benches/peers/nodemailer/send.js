// Messages a second of nodemailer's pool into a sink: port, messages, connections.
const nodemailer = require("nodemailer");

const [port, messages, connections] = process.argv.slice(2).map(Number);
const transport = nodemailer.createTransport({
  pool: true, host: "127.0.0.1", port, secure: false, ignoreTLS: true,
  maxConnections: connections, maxMessages: Infinity,
});
const body = "A line of the newsletter, as long as lines are in plain text parts.\r\n".repeat(870);
const started = process.hrtime.bigint();
let next = 0;

async function work() {
  for (;;) {
    const at = next++;
    if (at >= messages) return;
    const to = `reader${at}@example.org`;
    await transport.sendMail({
      envelope: { from: `bounce+7.${at}@weekly.example`, to },
      raw: `Message-ID: <7.${at}@weekly.example>\r\nTo: ${to}\r\n\r\n${body}`,
    });
  }
}

Promise.all(Array.from({ length: connections }, work)).then(() => {
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(`nodemailer, ${connections} connections: ${Math.round(messages / seconds)}/s`);
  transport.close();
});
