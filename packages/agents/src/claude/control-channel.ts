import { recordAt, textAt, type JsonRecord } from "../json-fields.ts";

/** Requests to the agent over its own input and output, and their answers. */
export class ControlChannel {
  readonly #write: (line: string) => boolean;
  readonly #waiting = new Map<string, { resolve: (answer: JsonRecord) => void; reject: (reason: Error) => void }>();
  #count = 0;

  constructor(write: (line: string) => boolean) {
    this.#write = write;
  }

  /** Rejects when the agent refuses the request or ends before it answers. Few are ever open: there is one caller. */
  request(request: { readonly subtype: string } & JsonRecord): Promise<JsonRecord> {
    const id = `parl-${(this.#count += 1)}`;
    const { promise, resolve, reject } = Promise.withResolvers<JsonRecord>();
    this.#waiting.set(id, { resolve, reject });
    if (!this.#write(JSON.stringify({ type: "control_request", request_id: id, request }))) {
      this.#waiting.delete(id);
      reject(new Error(`ask the agent for ${request.subtype}: it does not read any more`));
    }
    return promise;
  }

  /** Takes a `control_response`; ones to requests that are not ours are none of our business. */
  handleResponse(line: JsonRecord): void {
    const response = recordAt(line, "response");
    const id = textAt(response, "request_id") ?? "";
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    if (response["subtype"] === "success") {
      waiting.resolve(recordAt(response, "response"));
      return;
    }
    const reason = textAt(response, "error") ?? "no reason given";
    waiting.reject(new Error(`the agent refused a control request: ${reason}`));
  }

  answer(requestId: string, response: JsonRecord): boolean {
    return this.#write(
      JSON.stringify({ type: "control_response", response: { subtype: "success", request_id: requestId, response } }),
    );
  }

  refuse(requestId: string, error: string): void {
    this.#write(
      JSON.stringify({ type: "control_response", response: { subtype: "error", request_id: requestId, error } }),
    );
  }

  close(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error("the agent ended before it answered"));
    this.#waiting.clear();
  }
}
