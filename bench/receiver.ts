// Webhooks a second, beside a bare server under the same load. To a repository nobody subscribes to: what is measured
// is the way to the durable record and back. Rounds are interleaved, because machines are noisy.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { dockerHubPayload } from "../src/cli/payload.ts";
import { receiverURL, withExample } from "./example.ts";
import { quantile, type Report } from "./subject.ts";

const ROUNDS = 5;
const CONNECTIONS = "64";
const SECONDS = "2";

export async function benchReceiver(report: Report): Promise<void> {
  const body = dockerHubPayload({ repository: "example/app", tag: "1.0.0", mediaType: "", pushedAt: 0 });
  await withExample(async (dockbell) => {
    const url = await receiverURL(dockbell);
    const bare = spawn(process.execPath, [join(import.meta.dirname, "bare-server.ts")]);
    try {
      const [port] = (await once(bare.stdout, "data")) as [Buffer];
      const ratios: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const bareRate = await load(`http://127.0.0.1:${port}/`, body);
        ratios.push((await load(url, body)) / bareRate);
      }
      report("receiver with durable record / bare node:http", quantile(ratios, 0.5).toFixed(2), "≥ 0.40");
    } finally {
      bare.kill();
    }
  });
}

/** Requests a second, of so many seconds after half of one. */
export async function load(url: string, body: string, seconds = SECONDS): Promise<number> {
  const generator = spawn(process.execPath, [join(import.meta.dirname, "load.ts"), url, body, CONNECTIONS, seconds]);
  return (JSON.parse(await outputOf(generator)) as { perSecond: number }).perSecond;
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  await once(child, "close");
  return text;
}
