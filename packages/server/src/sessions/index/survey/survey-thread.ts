/**
 * The main thread's end of the thread that surveys. A survey that is asked for while one runs begins after it, so that
 * everything that happened before the question is in the answer; all that ask meanwhile share that one.
 * States: resting (no thread) -> running -> failed (the thread ended; the next question starts another); any -> closed.
 */
import { Worker, type WorkerOptions } from "node:worker_threads";
import { SurveyDecoder, type EncodedSurvey } from "./survey-encoding.ts";
import type { Survey, Surveyor, SurveyOptions } from "./surveyor.ts";

/** Run from source the worker is TypeScript, built it is JavaScript: the same as this file. */
const WORKER_SCRIPT = new URL(`./survey-worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 };

export interface SurveyThreadOptions {
  /** As `main.ts` starts threads. */
  readonly startThread?: ((script: URL, options: WorkerOptions) => Worker) | undefined;
  /** What the thread runs; the survey if not given. */
  readonly script?: URL | undefined;
}

interface Thread {
  readonly worker: Worker;
  readonly decoder: SurveyDecoder;
  readonly exited: Promise<void>;
}

export class SurveyThread implements Surveyor {
  readonly #options: SurveyOptions;
  readonly #threadOptions: SurveyThreadOptions;
  #thread: Thread | undefined;
  #running: PromiseWithResolvers<Survey> | undefined;
  #next: PromiseWithResolvers<Survey> | undefined;
  #isClosed = false;

  constructor(options: SurveyOptions, threadOptions: SurveyThreadOptions = {}) {
    this.#options = options;
    this.#threadOptions = threadOptions;
  }

  survey(): Promise<Survey> {
    if (this.#isClosed) return Promise.reject(new Error("Cannot look for session files: the survey is closed."));
    this.#next ??= Promise.withResolvers();
    const { promise } = this.#next;
    this.#askNext();
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = this.#thread;
    thread?.worker.postMessage("close");
    await thread?.exited;
  }

  #askNext(): void {
    if (this.#running !== undefined || this.#next === undefined) return;
    this.#running = this.#next;
    this.#next = undefined;
    this.#thread ??= this.#start();
    this.#thread.worker.postMessage("survey");
  }

  #start(): Thread {
    const { script = WORKER_SCRIPT, startThread = newThread } = this.#threadOptions;
    const worker = startThread(script, {
      workerData: this.#options,
      resourceLimits: RESOURCE_LIMITS,
      // Environment, arguments and loaders of the main thread are none of its business.
      env: {},
      execArgv: [],
    });
    const decoder = new SurveyDecoder();
    worker.on("message", (survey: EncodedSurvey) => {
      const running = this.#running;
      this.#running = undefined;
      running?.resolve(decoder.decode(survey));
      this.#askNext();
    });
    let failure: unknown;
    worker.on("error", (error) => (failure = error));
    const exited = new Promise<void>((resolve) => {
      worker.on("exit", (code) => {
        this.#thread = undefined;
        this.#fail(failure ?? new Error(`exit code ${code}`));
        resolve();
      });
    });
    return { worker, decoder, exited };
  }

  #fail(cause: unknown): void {
    const error = new Error("The thread that looks for session files ended; the next survey starts another.", {
      cause,
    });
    for (const waiting of [this.#running, this.#next]) waiting?.reject(error);
    this.#running = undefined;
    this.#next = undefined;
  }
}

function newThread(script: URL, options: WorkerOptions): Worker {
  return new Worker(script, options);
}
