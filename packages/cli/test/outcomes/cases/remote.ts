/** Sessions, prompts, commands and devices of a server, by a server whose answers are fixed. */
import { fails, succeeds, type OutcomeCall, type OutcomeCase } from "../outcome-case.ts";
import type { World } from "../world/world.ts";
import {
  commandComplete,
  commandOutput,
  commandStarted,
  device,
  failing,
  marker,
  markerOf,
  outputPage,
  permissionRequest,
  permissionResolved,
  promptAck,
  promptResponse,
  remoteCommandRun,
  remoteHistory,
  remoteItem,
  remoteRequest,
  remoteSession,
  sessionInfo,
  type Frame,
  type RemoteScript,
  type ScriptedRemote,
} from "../world/scripted-remote.ts";

type Given = Pick<OutcomeCall, "positionals" | "options" | "input">;

/** A call at a place that has the key of a server with this script. */
function at(script: RemoteScript, given: Given = {}) {
  return async (world: World): Promise<OutcomeCall> => {
    const { place, url } = await world.remote(script);
    return { place, env: { PARL_URL: url }, ...given };
  };
}

const session: Given = { positionals: [remoteSession] };
const command: Given = { positionals: ["npm.test"], options: ["--directory", "/home/anna/shop"] };
const approval = (decision: string, ...options: readonly string[]): Given => ({
  positionals: [remoteRequest, decision],
  options,
});
const expired = { ...permissionResolved, by: null, reason: "expired" } as const;
const promptId = "0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01";
const promptFrame: Frame = { type: "prompt", session_id: remoteSession, prompt_id: promptId };
const prompt = (options: readonly string[] = []): Given => ({
  positionals: ["run the tests"],
  options: ["--session", remoteSession, "--prompt-id", promptId, ...options],
});
const notFound: RemoteScript = {
  replies: Object.fromEntries(
    ["get_session_info", "prompt"].map((type) => [
      type,
      (_frame, say) =>
        say({
          type: "error",
          code: "not_found",
          message: `Session not found: ${remoteSession}`,
          retryable: false,
        }),
    ]),
  ),
};
const locked: RemoteScript = {
  replies: Object.fromEntries(
    ["prompt", "compact_session"].map((type) => [
      type,
      (_frame, say) =>
        say({
          type: "session_locked",
          message: "Session is currently processing a prompt. Please wait.",
          session_id: remoteSession,
          holder: "prompt",
        }),
    ]),
  ),
};
const refusing = (type: string, code: string, message: string): RemoteScript => ({
  replies: { [type]: (_frame, say) => say({ type: "error", code, message, retryable: false }) },
});
const compacting = (error: string): RemoteScript => ({
  replies: { compact_session: (_frame, say) => say({ type: "compaction_error", session_id: remoteSession, error }) },
});
const running = (error: string): RemoteScript => ({
  replies: { execute_command: (_frame, say) => say({ type: "command_error", command_id: "npm.test", error }) },
});

/** A prompt that runs until it is interrupted. */
const endless: RemoteScript = {
  replies: {
    prompt: (frame, say) => {
      say(promptAck(frame));
      say(marker(1));
    },
    interrupt_session: (_frame, say, server) => {
      say({ type: "ack", message: "Interrupt requested" });
      const ended = { success: false, text: "half of it", error: "Interrupted", code: "interrupted", aborted: true };
      server.push(promptResponse(promptFrame, ended as Partial<ReturnType<typeof promptResponse>>));
    },
  },
};

/** A session that does not stay as it is, once its history is there: what comes live has a hole that is never filled. */
const lively: RemoteScript = {
  replies: {
    subscribe: (frame, say) => {
      if (frame["before_seq"] !== undefined) return say(remoteHistory([], { end_seq: 6 }));
      say(remoteHistory([remoteItem(3, "Done.")], { end_seq: 3 }));
      say(marker(1));
    },
    message_ack: (_frame, _say, server) => pushChanges(server),
  },
};

function pushChanges(server: ScriptedRemote): void {
  const { session: known } = sessionInfo;
  server.push({ ...sessionInfo, session: { ...known, state: "running" } });
  server.push(remoteHistory([remoteItem(4, "four")], { live: true }));
  server.push(remoteHistory([remoteItem(6, "six")], { live: true }));
}

function pushRewritten(server: ScriptedRemote): void {
  const other = { log_id: "0000000000000001", log_reset: true as const };
  server.push(remoteHistory([remoteItem(1, "Fix the cart", { id: "rewritten" })], other));
}

const rewritten: RemoteScript = {
  replies: {
    subscribe: (_frame, say) => {
      say(remoteHistory([remoteItem(3, "Done.")], { end_seq: 3 }));
      say(marker(1));
    },
    message_ack: (_frame, _say, server) => pushRewritten(server),
  },
};

/** All that can happen to an attached session, one after the other: each step waits until the one before was taken. */
function eventful(): RemoteScript {
  let prompted: Frame = promptFrame;
  const steps: Readonly<Record<number, (server: ScriptedRemote) => void>> = {
    1: pushChanges,
    2: (server) => server.push(promptResponse(prompted)),
  };
  return {
    pending: [permissionRequest],
    replies: {
      subscribe: (frame, say) => {
        if (frame["before_seq"] === undefined) return say(remoteHistory([remoteItem(3, "Done.")], { end_seq: 3 }));
        say(remoteHistory([], { end_seq: 6 }));
      },
      prompt: (frame, say) => {
        prompted = frame;
        say(promptAck(frame, { mode_applied: "queue", queue_position: 1 }));
        say(marker(1));
      },
      message_ack: (frame, _say, server) => steps[markerOf(frame)]?.(server),
    },
  };
}

/** A command that runs until it is killed. */
const endlessCommand: RemoteScript = {
  replies: {
    execute_command: (frame, say, server) => {
      say(commandStarted(frame));
      server.push(commandOutput(1, "working"));
    },
  },
};
const failingCommand: RemoteScript = {
  replies: {
    execute_command: (frame, say, server) => {
      say(commandStarted(frame));
      server.push(commandOutput(1, "1 failed"));
      server.push(commandComplete(3));
    },
  },
};
/** So much output that a part of it is kept nowhere. */
const verbose: RemoteScript = {
  replies: {
    execute_command: (frame, say, server) => {
      say(commandStarted(frame));
      server.push(commandOutput(1, "one"));
      server.push(commandOutput(9, "nine"));
      server.push(commandComplete(0));
    },
    get_command_output: (_frame, say) => say({ ...outputPage, output: "one\n… cut …\n", truncated: true, last_seq: 9 }),
  },
};

const streamed = (...events: string[]): { readonly branches: readonly string[] } => ({
  branches: [...events.map((type) => `event ${type}`), "success"],
});

export const remoteCases: readonly OutcomeCase[] = [
  succeeds("sessions list", "success", at({}, { options: ["--directory", "shop", "--limit", "5"] })),
  succeeds(
    "sessions list",
    "empty",
    at({
      replies: {
        get_session_list: (_frame, say) =>
          say({ type: "session_list", sessions: [], total_count: 0, has_more: false, next_cursor: null }),
      },
    }),
  ),

  succeeds("sessions show", "success", at({}, { ...session, options: ["--last", "2"] })),
  fails("sessions show", "session_not_found", at(notFound, session)),

  succeeds("sessions follow", "success", at(lively, { ...session, options: ["--last", "1", "--max", "3"] }), {
    ...streamed("following", "message", "state", "gap"),
  }),
  succeeds("sessions follow", "reset", at(rewritten, { ...session, options: ["--last", "0", "--max", "1"] }), {
    ...streamed("following", "reset", "message"),
  }),
  fails("sessions follow", "session_not_found", at(notFound, session)),
  fails("sessions follow", "interrupted", at({}, session), {
    branches: ["event following", "event message", "error"],
    status: 130,
    during: async (run) => {
      await run.event("message");
      run.signal("SIGINT");
    },
  }),

  succeeds("prompt", "success", at({}, prompt())),
  succeeds("prompt", "new", at({}, { positionals: ["run the tests"], options: ["--new", "--agent", "claude"] })),
  succeeds("prompt", "no-wait", at({}, prompt(["--no-wait"]))),
  succeeds("prompt", "from-stdin", at({}, { ...prompt(), positionals: ["-"], input: "run the tests\n" })),
  succeeds("prompt", "stopped-elsewhere", at({ replies: { prompt: failing("Interrupted", "interrupted") } }, prompt())),
  fails("prompt", "interrupted", at(endless, prompt()), {
    status: 130,
    during: async (run, world) => {
      await world.latestRemote.received("message_ack");
      run.signal("SIGINT");
    },
  }),
  fails("prompt", "session_not_found", at(notFound, prompt())),
  fails("prompt", "session_locked", at(locked, prompt())),
  fails(
    "prompt",
    "invalid_working_directory",
    at(refusing("prompt", "not_found", "Directory does not exist: /nowhere"), prompt(["--directory", "/nowhere"])),
  ),
  fails(
    "prompt",
    "id_conflict",
    at(refusing("prompt", "prompt_id_conflict", "prompt_id was already used for another prompt"), prompt()),
  ),
  fails(
    "prompt",
    "engine_failed",
    at({ replies: { prompt: failing("Agent returned error: overloaded", "agent_error") } }, prompt()),
  ),
  fails(
    "prompt",
    "engine_unavailable",
    at({ replies: { prompt: failing("Agent failed to start: ENOENT", "agent_unavailable") } }, prompt()),
  ),
  fails(
    "prompt",
    "run_ended_early",
    at({ replies: { prompt: failing("Session process terminated", "killed") } }, prompt()),
  ),
  fails(
    "prompt",
    "execution_timeout",
    at({ replies: { prompt: failing("Request timed out after 60 seconds", "timeout") } }, prompt()),
    { status: 2 },
  ),

  succeeds(
    "attach",
    "success",
    async (world) =>
      at(eventful(), { ...session, options: ["--last", "1"], input: "/steer\n/allow\npublish it\n" })(world),
    {
      branches: [
        ...["following", "message", "permission_request", "notice", "permission_resolved", "accepted", "state", "gap"],
        ...["reset", "turn_complete", "answer"],
      ]
        .map((type) => `event ${type}`)
        .concat("success"),
      during: async (run, world) => {
        await run.event("gap");
        const server = world.latestRemote;
        pushRewritten(server);
        server.push({ type: "turn_complete", session_id: remoteSession, prompt_id: promptId, run_id: promptId });
        server.push(marker(2));
      },
    },
  ),
  fails("attach", "session_not_found", at(notFound, session)),
  fails("attach", "invalid_input", at({}, { ...session, input: Buffer.from([0xff, 0x0a]) }), {
    branches: ["event following", "event message", "error"],
  }),

  succeeds("kill", "success", at({}, { ...session, options: ["--keep-queue"] })),

  succeeds("compact", "success", at({}, { ...session, options: ["--instructions", "keep the plan"] })),
  fails("compact", "session_not_found", at(compacting(`Session not found: ${remoteSession}`), session)),
  fails("compact", "session_locked", at(locked, session)),
  fails("compact", "compaction_failed", at(compacting("Compaction failed: the agent ended"), session)),
  fails("compact", "engine_unsupported", at(compacting("Agent acp cannot compact"), session)),

  succeeds("run", "success", at({}, command), { branches: ["event started", "event output", "success"] }),
  succeeds("run", "offered", at({})),
  succeeds("run", "gap", at(verbose, command), {
    branches: ["event started", "event output", "event gap", "success"],
  }),
  fails("run", "execution_failed", at(failingCommand, command), {
    branches: ["event started", "event output", "error"],
  }),
  fails("run", "interrupted", at(endlessCommand, command), {
    branches: ["event started", "event output", "error"],
    status: 130,
    during: async (run) => {
      await run.event("output");
      run.signal("SIGINT");
    },
  }),
  fails("run", "command_not_found", at(running("Unknown command: npm.test"), command)),
  fails("run", "invalid_working_directory", at(running("Directory does not exist: /nowhere"), command)),

  succeeds("history", "success", at({}, { options: ["--directory", "shop"] })),
  succeeds("history", "output", at({}, { options: ["--output", remoteCommandRun] })),
  fails(
    "history",
    "output_not_found",
    at(refusing("get_command_output", "not_found", `Command output not found: ${remoteCommandRun}`), {
      options: ["--output", remoteCommandRun],
    }),
  ),

  succeeds("approvals list", "success", at({})),
  succeeds("approvals list", "empty", at({}, { options: ["--session", "2f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77"] })),
  succeeds("approvals answer", "success", at({}, approval("deny", "--message", "Not before the changelog."))),
  succeeds("approvals answer", "session", at({}, approval("allow", "--session"))),
  succeeds(
    "approvals answer",
    "stood-already",
    at({ replies: { permission_response: (_frame, say) => say(expired) } }, approval("allow")),
  ),
  fails(
    "approvals answer",
    "approval_not_found",
    at(
      refusing("permission_response", "not_found", `Permission request not found: ${remoteRequest}`),
      approval("allow"),
    ),
  ),

  succeeds("pair", "success", at({}, { options: ["--url", "https://parl.example"] })),
  succeeds("pair", "loopback", at({})),

  succeeds("dashboard", "success", at({}, { options: ["--print", "--url", "https://parl.example"] })),
  succeeds("dashboard", "loopback", at({}, { options: ["--print"] })),
  succeeds("dashboard", "qr", at({}, { options: ["--qr", "--url", "https://parl.example"] })),

  succeeds("devices", "success", at({ devices: [device] })),
  succeeds("devices", "empty", at({})),
  succeeds("devices revoke", "success", at({}, { positionals: ["dev-3f9a"] })),
  fails("devices revoke", "device_not_found", at({}, { positionals: ["dev-0000"] })),
];
