/** A tool call that got no success: shown to the model as `code: message` and what to do next ([MCP-4]). */
export class ToolError extends Error {
  override readonly name = "ToolError";
  readonly code: string;
  readonly nextStep: string;

  constructor(code: string, message: string, nextStep: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.nextStep = nextStep;
  }
}

/** Arguments the model must correct itself. */
export function badArgument(name: string, expected: string): ToolError {
  return new ToolError(
    "bad_request",
    `\`${name}\` must be ${expected}`,
    "correct the argument and call the tool again",
  );
}
