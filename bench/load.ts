// The load generator, a process of its own: raw keep-alive sockets that send the same POST over and over, so that it
// costs less than what it measures. Prints requests per second. Bounded in time.
import { connect } from "node:net";

const [url = "", body = "", connections = "64", seconds = "2"] = process.argv.slice(2);
const { hostname, port, pathname, host } = new URL(url);
const request = Buffer.from(
  `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);
let answered = 0;
let refused = 0;

for (let place = 0; place < Number(connections); place++) {
  const socket = connect(Number(port), hostname, () => socket.write(request));
  // One answer at a time and smaller than a segment: it arrives as one chunk.
  socket.on("data", (chunk) => {
    if (chunk.toString("latin1", 9, 10) === "2") answered += 1;
    else refused += 1;
    socket.write(request);
  });
}

const warmUpMs = 500;
setTimeout(() => {
  answered = 0;
  const startedAt = performance.now();
  setTimeout(() => {
    const perSecond = answered / ((performance.now() - startedAt) / 1000);
    process.stdout.write(JSON.stringify({ perSecond, refused }));
    process.exit();
  }, Number(seconds) * 1000);
}, warmUpMs);
