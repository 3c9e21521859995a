/**
 * `parl launch`, from options to the end of the agent. States: checked (nothing asked, nothing started) -> joined -> asked
 * -> agreed -> running -> ended. Until the agent runs every failure leaves all as it was, but for `--join`, which comes first.
 */
import type { MeshEntry } from "@parlatory/client";
import { chooseMesh, findJoinedMesh } from "../config/choose-mesh.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError, isSystemError } from "../harness/error.ts";
import { usageError } from "../harness/usage.ts";
import { messageModes, parseMessageMode, type MessageMode } from "../mcp/message-mode.ts";
import { quoteValue } from "../output/escape.ts";
import { formatGroups, givenText, parseGroups, parseRole, type LaunchAnswers } from "./launch-answers.ts";
import { loadMembership, type Membership } from "./membership.ts";
import { Wizard } from "./wizard.ts";

export interface LaunchOptions {
  readonly agent: string;
  readonly name: string | undefined;
  readonly role: string | undefined;
  readonly groups: string | undefined;
  readonly mesh: string | undefined;
  readonly join: string | undefined;
  readonly messageMode: MessageMode | undefined;
  readonly noChannel: boolean;
  readonly quiet: boolean;
  readonly yes: boolean;
  readonly passThrough: readonly string[];
}

/** How the agent ended; `declined`: the user did not want it started. */
export type LaunchEnd =
  | { readonly declined: true }
  | { readonly declined: false; readonly exitCode: number; readonly signal: NodeJS.Signals | null };

const echoAgent = "echo";

/** Errors: usage, `engine_unavailable`, `not_joined`, `mesh_required`, `mesh_not_found`, `bad_group`, `invalid_input`, those of joining. */
export async function runLaunch(context: CommandContext, options: LaunchOptions): Promise<LaunchEnd> {
  const isEcho = options.agent === echoAgent;
  checkOptions(context, options, isEcho);
  parseRole(options.role);
  await parseGroups(options.groups);
  const program = isEcho ? undefined : await (await import("./agent-program.ts")).findAgentProgram(context);
  const membership = await loadMembership(context, { link: options.join, name: givenText(options.name) });
  const mode = messageMode(context, options, membership);
  const wizard = new Wizard(context);
  const answers = await resolveAnswers(context, options, membership, wizard);
  if (!options.yes) {
    const { consentText, echoConsentText } = await import("./consent-text.ts");
    const agreed = await wizard.consent(isEcho ? echoConsentText() : consentText(mode, options.passThrough));
    if (!agreed) {
      wizard.lines?.release();
      return { declined: true };
    }
  }
  if (program === undefined) {
    const { runEchoPeer } = await import("../echo-peer/run-echo-peer.ts");
    const exitCode = await runEchoPeer(context, { ...answers, lines: wizard.lines });
    return { declined: false, exitCode, signal: null };
  }
  return startAgent(context, { options, answers, mode, program, wizard });
}

function checkOptions(context: CommandContext, options: LaunchOptions, isEcho: boolean): void {
  if (context.format === "json" && !options.yes) {
    throw usageError("the following arguments are required: --yes (in json mode nothing can be asked)", {
      hint: "give the answers as options and `-y` for the rest",
    });
  }
  if (isEcho && options.passThrough.length > 0) {
    throw usageError(
      `unrecognized arguments: ${options.passThrough.map((word) => quoteValue(word)).join(" ")} (the echo peer takes none)`,
    );
  }
}

function messageMode(context: CommandContext, options: LaunchOptions, { config }: Membership): MessageMode {
  if (options.messageMode !== undefined) return options.messageMode;
  const variable = givenText(context.env.messageMode);
  const mode = parseMessageMode(variable ?? config.messageMode);
  if (mode !== undefined) return mode;
  if (variable === undefined) return "push";
  throw usageError(
    `environment variable PARL_MESSAGE_MODE: invalid choice: ${quoteValue(variable)} (choose from ${messageModes.map((one) => `'${one}'`).join(", ")})`,
  );
}

/** Asks, in the order of [CLI-30], what no option answered; with `-y` nothing. */
async function resolveAnswers(
  context: CommandContext,
  options: LaunchOptions,
  membership: Membership,
  wizard: Wizard,
): Promise<LaunchAnswers> {
  const { config } = membership;
  const decided = decideMesh(context, options, membership);
  const ask = async (given: string | undefined, question: string): Promise<string | undefined> =>
    given !== undefined || options.yes ? given : wizard.ask(question);
  const name =
    givenText(await ask(options.name, "Name: ")) ?? givenText(config.displayName) ?? (await ownName(context));
  const mesh = decided ?? (await wizard.chooseMesh(membership.meshes));
  const role = parseRole(givenText(await ask(options.role, "Role (optional): ")) ?? config.role);
  const groups = await parseGroups(givenText(await ask(options.groups, "Groups (optional): ")) ?? config.groups);
  return { mesh, name, role, groups };
}

/** The mesh that option, variable or circumstances name; undefined: it is to be asked for or shown. */
function decideMesh(
  context: CommandContext,
  options: LaunchOptions,
  { config, meshes, joined }: Membership,
): MeshEntry | undefined {
  if (joined !== undefined) return joined;
  if (options.mesh !== undefined) return findJoinedMesh(config, options.mesh);
  const variable = givenText(context.env.mesh);
  if (variable === undefined) return options.yes ? chooseMesh(context, config, undefined) : undefined;
  const isJoined = meshes.some(({ slug, meshId }) => slug === variable || meshId === variable);
  if (isJoined) return findJoinedMesh(config, variable);
  throw new CommandError({
    kind: "mesh_not_found",
    target: variable,
    message: `PARL_MESH names the mesh ${quoteValue(variable)}, which is not joined (any more); nothing was started`,
    hint: "unset PARL_MESH, or choose a mesh with `--mesh SLUG`; `parl list` shows the joined ones",
  });
}

async function ownName(context: CommandContext): Promise<string> {
  const { hostname } = await import("node:os");
  return `${hostname()}-${context.pid}`;
}

interface StartPlan {
  readonly options: LaunchOptions;
  readonly answers: LaunchAnswers;
  readonly mode: MessageMode;
  readonly program: string;
  readonly wizard: Wizard;
}

async function startAgent(
  context: CommandContext,
  { options, answers, mode, program, wizard }: StartPlan,
): Promise<LaunchEnd> {
  const [
    { childArguments, givesSettings },
    { childEnvironment },
    { runChild },
    { readRegistration },
    { writeProgramLauncher },
  ] = await Promise.all([
    import("./child-arguments.ts"),
    import("./child-environment.ts"),
    import("./run-child.ts"),
    import("../install/read-registration.ts"),
    import("../install/program-launcher.ts"),
  ]);
  const given = options.agent === "claude" ? options.passThrough : ["--agent", options.agent, ...options.passThrough];
  const registration = await readRegistration(context);
  // `install --no-hooks` is a choice: hooks are added only where nothing at all is registered.
  const needsHooks = !registration.mcp && !registration.hooks;
  if (needsHooks && givesSettings(given)) {
    context.warn(
      "hooks_not_added",
      "you give --settings yourself, so no hooks are added for this session; `parl install` registers them",
    );
  }
  const hooks = needsHooks && !givesSettings(given);
  const register = registration.mcp ? undefined : { hooks, parl: await writeProgramLauncher(context) };
  const hookToken = Buffer.from(context.randomBytes(32)).toString("base64url");
  const home = givenText(context.env.home) === undefined ? undefined : context.home;
  if (!options.quiet) for (const line of banner(answers, mode, register !== undefined)) context.note(line);
  const end = await runChild(context, {
    program,
    arguments: childArguments({ given, channel: mode === "push" && !options.noChannel, register }),
    environment: childEnvironment(context.childEnvironment(), { ...answers, messageMode: mode, hookToken, home }),
    lines: wizard.lines,
  }).catch((cause: unknown) => {
    if (!isSystemError(cause)) throw cause;
    throw new CommandError({
      kind: "engine_unavailable",
      target: program,
      message: `cannot start ${program}: ${cause.code}`,
      hint: "check that it is a program this machine can run, and look at PARL_CLAUDE",
      errno: cause.code,
      cause,
    });
  });
  context.takeStdout();
  return { declined: false, ...end };
}

function banner({ mesh, name, role, groups }: LaunchAnswers, mode: MessageMode, isOnlyThisSession: boolean): string[] {
  const facts = [
    `mesh ${mesh.slug}`,
    ...(role === undefined ? [] : [`role ${role}`]),
    ...(groups.length === 0 ? [] : [`groups ${formatGroups(groups)}`]),
    `messages ${mode}`,
  ];
  const hint =
    "the mesh's tools and hooks are given to this session only; `parl install` registers them for all sessions";
  return [`parl: starting the agent as ${name} (${facts.join("; ")})`, ...(isOnlyThisSession ? [`parl: ${hint}`] : [])];
}
