import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { loadMainKey } from "../../../src/sessions/devices/main-key.ts";

// One of the servers that start at once in a new home.
const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
parentPort?.postMessage(loadMainKey({ home: workerData as string, userId: process.getuid?.(), randomBytes, log }));
