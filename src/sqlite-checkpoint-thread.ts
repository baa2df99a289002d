// The body of the checkpoint thread: one connection of its own, one passive checkpoint for each message.
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const db = new DatabaseSync(String(workerData));
parentPort?.on("message", () => {
  db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  parentPort?.postMessage("done");
});
