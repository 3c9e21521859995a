/** Output of a terminal as text: without colours, and of a line that was written over what was left to see. */
export function plainOutput(text: string): string {
  return text
    .replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/gu, "")
    .replaceAll("\r\n", "\n")
    .replaceAll(/^.*\r(?=[^\n])/gmu, "");
}
