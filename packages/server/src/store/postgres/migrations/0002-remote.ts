import type { Migration } from "../../migrations/plan-migrations.ts";

/**
 * What the remote keeps. What a prompt asks for may be many megabytes and never changes, so it stands beside the prompt,
 * whose row changes with every step of its run. A gap in a delivery queue is part of its client session: there is one at most.
 */
export const migration0002: Migration = {
  name: "0002-remote",
  statements: [
    `CREATE TABLE remote_devices (
      id text COLLATE "C" PRIMARY KEY, name text NOT NULL, key_hash text COLLATE "C" NOT NULL UNIQUE,
      paired_at timestamptz NOT NULL, last_seen_at timestamptz NOT NULL, last_address text, revoked_at timestamptz
    )`,
    "CREATE INDEX remote_devices_active ON remote_devices (paired_at, id) WHERE revoked_at IS NULL",
    'CREATE TABLE remote_pair_codes (hash text COLLATE "C" PRIMARY KEY, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL)',
    "CREATE TABLE remote_pair_tries (one integer PRIMARY KEY CHECK (one = 1), wrong integer NOT NULL)",
    "INSERT INTO remote_pair_tries (one, wrong) VALUES (1, 0)",
    `CREATE TABLE remote_push_subscriptions (
      device_id text COLLATE "C" PRIMARY KEY, endpoint text NOT NULL, p256dh text NOT NULL, auth text NOT NULL,
      created_at timestamptz NOT NULL
    )`,

    `CREATE TABLE remote_client_sessions (
      id text COLLATE "C" PRIMARY KEY, current_session_id text, directory text, last_used_at timestamptz NOT NULL,
      last_position bigint NOT NULL, gap_message_id text, gap_dropped bigint NOT NULL, gap_oldest_at timestamptz,
      gap_newest_at timestamptz, gap_reason text
    )`,
    "CREATE INDEX remote_client_sessions_unused ON remote_client_sessions (last_used_at)",
    `CREATE TABLE remote_hidden_sessions (
      client_session_id text COLLATE "C" NOT NULL, session_id text COLLATE "C" NOT NULL,
      PRIMARY KEY (client_session_id, session_id)
    )`,
    `CREATE TABLE remote_deliveries (
      client_session_id text COLLATE "C" NOT NULL, position bigint NOT NULL, message_id text COLLATE "C" NOT NULL UNIQUE,
      document_json text NOT NULL, queued_at timestamptz NOT NULL, PRIMARY KEY (client_session_id, position)
    )`,
    "CREATE INDEX remote_deliveries_age ON remote_deliveries (queued_at, client_session_id)",

    `CREATE TABLE remote_sessions (
      session_id text COLLATE "C" PRIMARY KEY, agent text NOT NULL, agent_session_id text, working_directory text NOT NULL,
      name text, permission_mode text, system_prompt text, created_by text, created_at timestamptz NOT NULL
    )`,
    `CREATE TABLE remote_grants (
      session_id text COLLATE "C" NOT NULL, tool_name text COLLATE "C" NOT NULL, granted_at timestamptz NOT NULL,
      PRIMARY KEY (session_id, tool_name)
    )`,
    'CREATE TABLE remote_numberings (session_id text COLLATE "C" PRIMARY KEY, log_id text NOT NULL, fingerprint_json text NOT NULL)',
    `CREATE TABLE remote_session_events (
      session_id text COLLATE "C" NOT NULL, seq bigint NOT NULL, id text COLLATE "C" NOT NULL, record_json text NOT NULL,
      PRIMARY KEY (session_id, seq)
    )`,
    "CREATE UNIQUE INDEX remote_session_events_id ON remote_session_events (id, session_id)",

    `CREATE TABLE remote_prompts (
      prompt_id text COLLATE "C" PRIMARY KEY, session_id text COLLATE "C" NOT NULL, client_session_id text NOT NULL,
      fingerprint text NOT NULL, state text NOT NULL, position bigint NOT NULL, run_id text, accepted_at timestamptz NOT NULL,
      finished_at timestamptz, outcome_json text, message_id text
    )`,
    "CREATE INDEX remote_prompts_open ON remote_prompts (session_id, position) WHERE finished_at IS NULL",
    "CREATE INDEX remote_prompts_finished ON remote_prompts (finished_at) WHERE finished_at IS NOT NULL",
    'CREATE TABLE remote_prompt_requests (prompt_id text COLLATE "C" PRIMARY KEY, request_json text NOT NULL)',
    `CREATE TABLE remote_leases (
      session_id text COLLATE "C" PRIMARY KEY, run_id text COLLATE "C" NOT NULL UNIQUE, kind text NOT NULL,
      server_id text NOT NULL, pid integer NOT NULL, pid_start text NOT NULL, host text NOT NULL, taken_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    )`,
    `CREATE TABLE remote_agent_processes (
      host text COLLATE "C" NOT NULL, pid integer NOT NULL, pid_start text COLLATE "C" NOT NULL, server_id text NOT NULL,
      session_id text NOT NULL, run_id text, mark text NOT NULL, started_at timestamptz NOT NULL,
      PRIMARY KEY (host, pid, pid_start)
    )`,

    `CREATE TABLE remote_permissions (
      request_id text COLLATE "C" PRIMARY KEY, session_id text NOT NULL, run_id text NOT NULL, tool_name text NOT NULL,
      input_json text NOT NULL, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, replaces text, decision text,
      scope text, device_id text, device_name text, reason text, resolved_at timestamptz
    )`,
    "CREATE INDEX remote_permissions_pending ON remote_permissions (created_at, request_id) WHERE resolved_at IS NULL",
    "CREATE INDEX remote_permissions_resolved ON remote_permissions (resolved_at) WHERE resolved_at IS NOT NULL",
  ],
};
