import assert from "node:assert/strict";
import { test } from "node:test";
import { strayReason } from "./destinations.ts";

const REFUSED = [
  "http://169.254.169.254/latest",
  "https://10.1.2.3",
  "https://172.31.0.1",
  "https://192.168.1.1:8443",
  "https://127.0.0.1",
  "https://localhost:8080",
  "https://[::1]",
  "https://[fd00:ec2::254]",
  "https://[::ffff:10.0.0.1]",
  "https://0x7f.1",
  "https://2130706433",
];

for (const url of REFUSED) {
  test(`a public registry does not send to ${url}`, () => {
    assert.match(strayReason(new URL("https://registry.example.com"), new URL(url)) ?? "", /internal network/);
  });
}

const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ["https://registry-1.docker.io", "https://auth.docker.io"],
  ["https://registry.example.com", "https://8.8.8.8"],
  ["https://10.0.0.1", "https://10.0.0.1/token"],
  ["https://10.0.0.1", "https://10.0.0.2/token"],
  ["http://localhost:5000", "http://127.0.0.1:5001/token"],
];

for (const [from, to] of ALLOWED) {
  test(`${from} may send to ${to}`, () => {
    assert.equal(strayReason(new URL(from), new URL(to)), undefined);
  });
}
