/** Types of `fake-anthropic.mjs`, as far as tests use them; its head says what everything means. */
export interface FakeReply {
  text?: string;
  tool?: { name: string; input: Record<string, unknown> };
  hold?: boolean;
  usage?: Partial<FakeUsage>;
  delayMs?: number;
  chunkChars?: number;
  chunkDelayMs?: number;
  dropAfter?: number;
  error?: { status: number; type: string; message: string; headers?: Record<string, string> };
}

export interface FakeRule {
  name?: string;
  when?: Record<string, string | number | boolean | Record<string, string>>;
  times?: number;
  reply: string | FakeReply;
}

export interface FakeScenario {
  rules?: FakeRule[];
  fallback?: string | FakeReply;
}

/** What the model says a request cost. */
export interface FakeUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
}

export interface FakeRequest {
  n: number;
  path: string;
  rule: string | null;
  body: {
    messages?: { role: string; content: string | { type: string; text?: string }[] }[];
    system?: unknown;
    tools?: { name: string }[];
  } | null;
  /** Absent when the reply was no message. */
  usage?: FakeUsage;
}

export interface FakeAnthropic {
  readonly port: number;
  readonly url: string;
  readonly requests: FakeRequest[];
  setScenario(scenario: FakeScenario): void;
  release(): number;
  close(): Promise<void>;
}

export function startFakeAnthropic(options?: { scenario?: FakeScenario; port?: number }): Promise<FakeAnthropic>;
