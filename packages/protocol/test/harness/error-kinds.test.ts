import { expect, test } from "vitest";
import { ERROR_CATEGORIES, ERROR_KINDS, MESH_ERROR_CODES, isErrorKind, type ErrorKind } from "../../src/index.ts";

const rows = Object.entries(ERROR_KINDS);

test("[ERR-3] the kinds of the harness contract, with category, retryability, exit status and operation", () => {
  // kind, category, retryable, exit, operation; one line a row of the contract's table.
  const contract = `
    parse parse false 1 argparse
    invalid_session_id usage false 1 resolve_session
    invalid_input usage false 1 read_prompt
    invalid_payload usage false 1 parse_payload
    invalid_inventory parse false 1 load_inventory
    invalid_working_directory usage false 1 resolve_directory
    command_not_found usage false 1 resolve_command
    tool_not_found usage false 1 resolve_tool
    session_not_found session false 1 resolve_session
    session_load_failed session false 1 load_session
    session_delete_failed session true 1 delete_session
    session_locked session true 1 lock_session
    session_exists session false 1 save_session
    session_path_unsafe policy false 1 resolve_session
    filesystem filesystem false 1 open
    engine_unavailable runtime false 1 start_engine
    engine_unsupported usage false 1 start_engine
    engine_failed runtime true 1 submit_turn
    auth_required auth false 1 start_engine
    rate_limited runtime true 1 submit_turn
    permission_denied policy false 1 exec_tool
    execution_failed runtime false 1 run_handler
    execution_timeout runtime true 2 run_handler
    mcp_failed mcp true 1 call_tool
    server_unreachable delivery true 1 connect
    schema_not_found usage false 1 resolve_schema
    interrupted runtime true 130 run
    internal unknown false 1 run`;
  const expected = contract.trim().split(/\s*\n\s*/);
  const actual = rows.map(
    ([kind, { category, retryable, exitCode, operation }]) =>
      `${kind} ${category} ${retryable} ${exitCode} ${operation}`,
  );

  expect(actual.slice(0, expected.length)).toEqual(expected);
});

test("[ERR-3] every kind has a hint, and one named like a category has that category", () => {
  for (const [, { category, hint }] of rows) {
    expect(hint).not.toBe("");
    expect(ERROR_CATEGORIES).toContain(category);
  }
  const namedLikeCategory = rows.filter(([kind]) => (ERROR_CATEGORIES as readonly string[]).includes(kind));
  expect(namedLikeCategory.length).toBeGreaterThan(0);
  for (const [kind, { category }] of namedLikeCategory) expect(category).toBe(kind);
});

test("[CLI-2] the kinds of the mesh, and which of them are retryable", () => {
  const groups: Record<string, { category: string; kinds: string[]; retryable: string[] }> = {
    hello: {
      category: "auth",
      kinds: [
        ...["malformed", "timestamp_skew", "bad_signature", "replayed", "unauthorized", "revoked"],
        ...["bad_session_proof", "session_proof_required", "session_key_taken", "capacity", "hello_timeout"],
      ],
      retryable: ["timestamp_skew", "replayed", "capacity", "hello_timeout"],
    },
    joining: {
      category: "auth",
      kinds: ["member_revoked", ...Object.keys(MESH_ERROR_CODES).filter((code) => code.startsWith("invite_"))],
      retryable: [],
    },
    sending: {
      category: "delivery",
      kinds: [
        ...["unknown_recipient", "self_recipient", "channel_unsupported", "bad_target", "empty_group", "bad_priority"],
        ...["bad_request", "too_large", "mailbox_full", "id_conflict", "plaintext_forbidden"],
        ...["recipients_lack_encryption", "storage_unavailable", "shutting_down"],
      ],
      retryable: ["mailbox_full", "shutting_down", "storage_unavailable"],
    },
    using: {
      category: "usage",
      kinds: [
        ...["state_not_found", "memory_not_found", "message_not_found", "mesh_not_found", "not_joined"],
        ...["mesh_required", "ambiguous", "bad_group", "reserved_group", "version_conflict", "value_too_large"],
        ...["limit_reached", "slug_taken", "log_off"],
      ],
      retryable: [],
    },
    policy: { category: "policy", kinds: ["forbidden"], retryable: [] },
  };
  for (const { category, kinds, retryable } of Object.values(groups)) {
    for (const kind of kinds) {
      expect(isErrorKind(kind) ? { kind, ...ERROR_KINDS[kind as ErrorKind] } : kind).toMatchObject({
        kind,
        category,
        retryable: retryable.includes(kind),
        exitCode: 1,
      });
    }
  }
  expect(isErrorKind("toString")).toBe(false);
});
