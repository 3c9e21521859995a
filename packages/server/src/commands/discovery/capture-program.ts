import { spawn } from "node:child_process";
import type { Scheduler } from "../../ports.ts";
import { processGroupOf } from "../execution/process-group.ts";

export interface CaptureRequest {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface CapturedProgram {
  readonly exitCode: number;
  readonly stdout: string;
}

/**
 * What a program prints, without a shell and without input. Rejects when it cannot be started, takes too long, prints too
 * much or is ended by a signal; whatever it started is gone then, and also when it ended by itself.
 */
export function captureProgram(request: CaptureRequest, scheduler: Scheduler): Promise<CapturedProgram> {
  const { program, timeoutMs, maxBytes } = request;
  const { promise, resolve, reject } = Promise.withResolvers<CapturedProgram>();
  const child = spawn(program, request.arguments, {
    cwd: request.workingDirectory,
    env: request.environment,
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  const giveUp = (reason: string): void => {
    if (child.pid !== undefined) processGroupOf(child.pid).signal("SIGKILL");
    child.stdout.destroy();
    reject(new Error(`run ${program}: ${reason}`));
  };
  const cancel = scheduler.after(timeoutMs, () => giveUp(`it took longer than ${timeoutMs} ms`));
  child.on("error", (cause) => {
    cancel();
    reject(new Error(`run ${program}: ${cause.message}`, { cause }));
  });
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) giveUp(`it printed more than ${maxBytes} bytes`);
    else chunks.push(chunk);
  });
  child.on("close", (exitCode, signal) => {
    cancel();
    if (exitCode === null) reject(new Error(`run ${program}: it was ended by ${signal}`));
    else resolve({ exitCode, stdout: Buffer.concat(chunks).toString() });
  });
  return promise;
}
