// The chapters of docs/SCHEMAS.md that hold for every command.
import { table } from "./table.ts";

const commonFields = table(
  ["Field", "Type", "Presence", "Meaning"],
  [
    ["`timestamp`", "string", "always", "UTC, `YYYY-MM-DDTHH:MM:SSZ`"],
    ["`command`", "string", "always", "name of the command, words joined by a space"],
    ["`exit_code`", "integer", "always", "0, 1, 2 or 130; equals the status of the process"],
    ["`output_format`", "string", "always", "`json`"],
    ["`schema_version`", "string", "always", "`1.0`; added fields keep it, anything else changes it"],
    ["`run_id`", "string", "optional", "32 hex digits, on commands that run an agent or a handler"],
    ["`warnings`", "list of `{code, message}`", "optional", "what did not stop the command"],
    ["`test_overrides`", "list of strings", "optional", "`clock`, `ids`, `engine`: what a test has faked"],
    ["`error`", "object", "optional", "only on failure; its fields are below"],
  ],
);

const errorFields = table(
  ["Field", "Type", "Presence", "Meaning"],
  [
    ["`error.kind`", "string", "always", "stable token, from the table of kinds"],
    ["`error.category`", "string", "always", "coarser than the kind"],
    ["`error.operation`", "string", "always", "what was attempted"],
    ["`error.target`", "string", "always", "what it was attempted on, or `<missing>`"],
    ["`error.retryable`", "boolean", "always", "the same call may succeed later without change"],
    ["`error.message`", "string", "always", "one line for people"],
    ["`error.hint`", "string", "always", "the next step, with the exact command where there is one"],
    ["`error.errno`", "string", "optional", "such as `ENOSPC`, when the system gave one"],
    ["`error.detail`", "object", "optional", "data that depends on the kind"],
    ["`error.directory`", "string", "optional", "on errors of load-session"],
  ],
);

export const envelopeChapter = [
  "# The envelope",
  "With `--json` (or `--output-format json`, or `PARL_OUTPUT_FORMAT=json`) a command writes one JSON object on one line " +
    "to stdout and nothing to stderr. It begins with the five common fields; the fields of the command follow.",
  commonFields,
  errorFields,
  "A stream (`--follow`, `--foreground`, `--stream`, `state watch`) writes one envelope a line, each with `seq` (from 1, " +
    "without gaps), `type` and `final`. Exactly the last line has `final: true`: its type is `result` or `error`, and only " +
    "its `exit_code` counts. `heartbeat` lines come after 15 s of silence.",
].join("\n\n");

export const consumerProcedure = [
  "# Procedure for callers",
  "Run the command in json mode, keep a time limit of your own around the process, and when it has ended parse the last " +
    "line of stdout. Check `schema_version`, ignore fields you do not know. Then, by the status of the process:",
  table(
    ["Status", "What to do"],
    [
      ["0", "use the answer; look at `stop_reason` or `final_stop_reason` where an agent ran"],
      [
        "1",
        "look at `error.kind`. Never retry `parse` or a kind that ends in `_not_found`; otherwise obey `error.retryable` (an unknown kind: the same; a missing field: false)",
      ],
      [
        "2",
        "a limit was hit. Look at `final_session_reusable` (turn-loop), `turn.session_reusable` (bootstrap) or `session_reusable` (flush-transcript): true, go on with the same session; false, start a fresh one",
      ],
      ["130", "you interrupted it"],
      ["any other", "the process was killed; there may be no line"],
    ],
  ),
  "**In text mode 2 is ambiguous**: a timeout or a usage error (which writes only to stderr). In json mode 2 means a limit " +
    "and nothing else, and a usage error is status 1 with kind `parse`. Programs use json mode.",
].join("\n\n");
