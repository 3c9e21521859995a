/**
 * The questions of `parl launch`, one line each, in the exact words of [CLI-30]. It knows the words and the order of asking,
 * not what becomes of the answers. Prompts go to stdout; what was typed ahead stays for the agent.
 */
import type { MeshEntry } from "@parlatory/client";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { LineReader } from "./line-reader.ts";
import { meshLine } from "./mesh-line.ts";

export class Wizard {
  readonly #context: CommandContext;
  #lines: LineReader | undefined;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** The reader of stdin, if anything was asked; it holds what was read beyond the last answer. */
  get lines(): LineReader | undefined {
    return this.#lines;
  }

  /** Errors: `invalid_input` at the end of input, `interrupted`. */
  async ask(question: string): Promise<string> {
    const context = this.#context;
    const { stdin, stdout } = context.isTerminal;
    // Where nobody sees a cursor, each question is a line of its own; touching a piped stdout would change it for the child.
    if (stdout) context.terminal.output.write(question);
    else await context.writeText(question);
    this.#lines ??= new LineReader(context.terminal.input);
    const line = await this.#lines.next(context.signal);
    if (stdout && (!stdin || line === undefined)) context.terminal.output.write("\n");
    if (line !== undefined) return line.trim();
    throw new CommandError({
      kind: "invalid_input",
      target: question.trim(),
      operation: "read_answer",
      message: `the input ended at the question '${question.trim()}'; nothing was started`,
      hint: "answer every question, or give the answers as options; `-y` asks nothing",
    });
  }

  async say(lines: readonly string[]): Promise<void> {
    const context = this.#context;
    if (context.isTerminal.stdout) context.terminal.output.write(lines.map((line) => `${line}\n`).join(""));
    else await context.writeText(lines);
  }

  /** One mesh is only shown; of several one is picked by number or slug. */
  async chooseMesh(meshes: readonly [MeshEntry, ...MeshEntry[]]): Promise<MeshEntry> {
    const lines = await Promise.all(meshes.map((mesh) => meshLine(mesh, this.#context.home)));
    if (meshes.length === 1) {
      await this.say(lines);
      return meshes[0];
    }
    await this.say(lines.map((line, index) => `${String(index + 1).padStart(String(meshes.length).length)}. ${line}`));
    for (;;) {
      const answer = await this.ask(`Mesh [1-${meshes.length}]: `);
      const chosen = meshes.find((mesh, index) => answer === String(index + 1) || answer === mesh.slug);
      if (chosen !== undefined) return chosen;
      await this.say([`Give a number from 1 to ${meshes.length}, or the name of a mesh.`]);
    }
  }

  /** False: the answer was no. */
  async consent(text: readonly string[]): Promise<boolean> {
    await this.say(["Autonomous mode", ...text.map((line) => `  ${line}`)]);
    for (;;) {
      const answer = (await this.ask("Continue? [Y/n] ")).toLowerCase();
      if (["", "y", "yes"].includes(answer)) return true;
      if (["n", "no"].includes(answer)) return false;
    }
  }
}
