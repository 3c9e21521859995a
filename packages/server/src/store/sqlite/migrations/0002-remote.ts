import type { Migration } from "../../migrations/plan-migrations.ts";

/**
 * What the remote keeps. What a prompt asks for may be many megabytes and never changes, so it stands beside the prompt,
 * whose row changes with every step of its run. A gap in a delivery queue is part of its client session: there is one at most.
 */
export const migration0002: Migration = {
  name: "0002-remote",
  statements: [
    `CREATE TABLE remote_devices (
      id TEXT PRIMARY KEY, name TEXT NOT NULL, key_hash TEXT NOT NULL UNIQUE, paired_at INTEGER NOT NULL,
      last_seen_at INTEGER NOT NULL, last_address TEXT, revoked_at INTEGER
    ) STRICT`,
    "CREATE INDEX remote_devices_active ON remote_devices (paired_at, id) WHERE revoked_at IS NULL",
    "CREATE TABLE remote_pair_codes (hash TEXT PRIMARY KEY, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE remote_pair_tries (one INTEGER PRIMARY KEY CHECK (one = 1), wrong INTEGER NOT NULL) STRICT",
    "INSERT INTO remote_pair_tries (one, wrong) VALUES (1, 0)",
    `CREATE TABLE remote_push_subscriptions (
      device_id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, p256dh TEXT NOT NULL, auth TEXT NOT NULL, created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,

    `CREATE TABLE remote_client_sessions (
      id TEXT PRIMARY KEY, current_session_id TEXT, directory TEXT, last_used_at INTEGER NOT NULL,
      last_position INTEGER NOT NULL, gap_message_id TEXT, gap_dropped INTEGER NOT NULL, gap_oldest_at INTEGER,
      gap_newest_at INTEGER, gap_reason TEXT
    ) STRICT, WITHOUT ROWID`,
    "CREATE INDEX remote_client_sessions_unused ON remote_client_sessions (last_used_at)",
    `CREATE TABLE remote_hidden_sessions (
      client_session_id TEXT NOT NULL, session_id TEXT NOT NULL, PRIMARY KEY (client_session_id, session_id)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE remote_deliveries (
      client_session_id TEXT NOT NULL, position INTEGER NOT NULL, message_id TEXT NOT NULL UNIQUE, document_json TEXT NOT NULL,
      queued_at INTEGER NOT NULL, PRIMARY KEY (client_session_id, position)
    ) STRICT`,
    "CREATE INDEX remote_deliveries_age ON remote_deliveries (queued_at, client_session_id)",

    `CREATE TABLE remote_sessions (
      session_id TEXT PRIMARY KEY, agent TEXT NOT NULL, agent_session_id TEXT, working_directory TEXT NOT NULL, name TEXT,
      permission_mode TEXT, system_prompt TEXT, created_by TEXT, created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE remote_grants (
      session_id TEXT NOT NULL, tool_name TEXT NOT NULL, granted_at INTEGER NOT NULL, PRIMARY KEY (session_id, tool_name)
    ) STRICT, WITHOUT ROWID`,
    "CREATE TABLE remote_numberings (session_id TEXT PRIMARY KEY, log_id TEXT NOT NULL, fingerprint_json TEXT NOT NULL) STRICT, WITHOUT ROWID",
    `CREATE TABLE remote_session_events (
      session_id TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, record_json TEXT NOT NULL, PRIMARY KEY (session_id, seq)
    ) STRICT`,
    "CREATE UNIQUE INDEX remote_session_events_id ON remote_session_events (session_id, id)",

    `CREATE TABLE remote_prompts (
      prompt_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, client_session_id TEXT NOT NULL, fingerprint TEXT NOT NULL,
      state TEXT NOT NULL, position INTEGER NOT NULL, run_id TEXT, accepted_at INTEGER NOT NULL, finished_at INTEGER,
      outcome_json TEXT, message_id TEXT
    ) STRICT, WITHOUT ROWID`,
    "CREATE INDEX remote_prompts_open ON remote_prompts (session_id, position) WHERE finished_at IS NULL",
    "CREATE INDEX remote_prompts_finished ON remote_prompts (finished_at) WHERE finished_at IS NOT NULL",
    "CREATE TABLE remote_prompt_requests (prompt_id TEXT PRIMARY KEY, request_json TEXT NOT NULL) STRICT",
    `CREATE TABLE remote_leases (
      session_id TEXT PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, server_id TEXT NOT NULL, pid INTEGER NOT NULL,
      pid_start TEXT NOT NULL, host TEXT NOT NULL, taken_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE remote_agent_processes (
      host TEXT NOT NULL, pid INTEGER NOT NULL, pid_start TEXT NOT NULL, server_id TEXT NOT NULL, session_id TEXT NOT NULL,
      run_id TEXT, mark TEXT NOT NULL, started_at INTEGER NOT NULL, PRIMARY KEY (host, pid, pid_start)
    ) STRICT, WITHOUT ROWID`,

    `CREATE TABLE remote_permissions (
      request_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, run_id TEXT NOT NULL, tool_name TEXT NOT NULL,
      input_json TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, replaces TEXT, decision TEXT,
      scope TEXT, device_id TEXT, device_name TEXT, reason TEXT, resolved_at INTEGER
    ) STRICT`,
    "CREATE INDEX remote_permissions_pending ON remote_permissions (created_at, request_id) WHERE resolved_at IS NULL",
    "CREATE INDEX remote_permissions_resolved ON remote_permissions (resolved_at) WHERE resolved_at IS NOT NULL",
  ],
};
