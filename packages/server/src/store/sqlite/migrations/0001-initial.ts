import type { Migration } from "../../migrations/plan-migrations.ts";

/**
 * Instants are integer milliseconds; lists and documents are JSON text; text compares by code point (BINARY).
 * A message is unsettled exactly as long as it has a row in message_bodies, so that what serves delivery never meets a
 * settled row and its index is the table itself.
 */
export const migration0001: Migration = {
  name: "0001-initial",
  statements: [
    `CREATE TABLE meshes (
      id TEXT PRIMARY KEY, slug TEXT NOT NULL, name TEXT NOT NULL, owner_pubkey TEXT NOT NULL, policies TEXT NOT NULL,
      created_at INTEGER NOT NULL, archived_at INTEGER
    ) STRICT`,
    "CREATE UNIQUE INDEX meshes_live_slug ON meshes (slug) WHERE archived_at IS NULL",
    `CREATE TABLE members (
      id TEXT PRIMARY KEY, mesh_id TEXT NOT NULL REFERENCES meshes (id), pubkey TEXT NOT NULL, display_name TEXT NOT NULL,
      role TEXT NOT NULL, joined_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL, revoked_at INTEGER,
      UNIQUE (mesh_id, pubkey)
    ) STRICT`,
    `CREATE TABLE invites (
      id TEXT PRIMARY KEY, mesh_id TEXT NOT NULL REFERENCES meshes (id), token_hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
      max_uses INTEGER NOT NULL, used_count INTEGER NOT NULL CHECK (used_count <= max_uses), expires_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL, revoked_at INTEGER
    ) STRICT`,
    "CREATE INDEX invites_mesh ON invites (mesh_id, created_at, id)",
    `CREATE TABLE api_tokens (
      id TEXT PRIMARY KEY, mesh_id TEXT NOT NULL REFERENCES meshes (id), name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
      scope TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, revoked_at INTEGER
    ) STRICT`,
    "CREATE INDEX api_tokens_mesh ON api_tokens (mesh_id, created_at, id)",

    `CREATE TABLE sessions (
      mesh_id TEXT NOT NULL, session_pubkey TEXT NOT NULL, member_id TEXT NOT NULL, proven INTEGER NOT NULL,
      display_name TEXT NOT NULL, groups_json TEXT NOT NULL, features_json TEXT NOT NULL, last_seen_at INTEGER NOT NULL,
      PRIMARY KEY (mesh_id, session_pubkey)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE presences (
      mesh_id TEXT NOT NULL, member_id TEXT NOT NULL, identity TEXT NOT NULL, id TEXT NOT NULL UNIQUE, broker_id TEXT NOT NULL,
      attributes TEXT NOT NULL, connected_at INTEGER NOT NULL, detached_at INTEGER, closed_cleanly INTEGER NOT NULL,
      lease_until INTEGER NOT NULL,
      PRIMARY KEY (mesh_id, member_id, identity)
    ) STRICT, WITHOUT ROWID`,
    "CREATE TABLE hello_seen (key TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE brokers (id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, heartbeat_at INTEGER NOT NULL, url TEXT NOT NULL) STRICT",

    `CREATE TABLE mesh_positions (
      mesh_id TEXT PRIMARY KEY, last_message_seq INTEGER NOT NULL, last_event_seq INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    "CREATE TABLE recipient_position (one INTEGER PRIMARY KEY CHECK (one = 1), last_rid INTEGER NOT NULL) STRICT",
    `CREATE TABLE recipients (
      rid INTEGER PRIMARY KEY, mesh_id TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE messages (
      mesh_id TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, sender_member_id TEXT NOT NULL,
      sender_member_pubkey TEXT NOT NULL, sender_pubkey TEXT NOT NULL, sender_name TEXT NOT NULL, target_spec TEXT NOT NULL,
      kind TEXT NOT NULL, priority TEXT NOT NULL, enc TEXT NOT NULL, sent_at TEXT NOT NULL, accepted_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, bytes INTEGER NOT NULL, recipients TEXT NOT NULL,
      client_message_id TEXT, fingerprint TEXT, reply_to TEXT, subtype TEXT, sig TEXT,
      PRIMARY KEY (mesh_id, seq)
    ) STRICT, WITHOUT ROWID`,
    "CREATE UNIQUE INDEX messages_id ON messages (id)",
    `CREATE UNIQUE INDEX messages_client_id ON messages (mesh_id, sender_member_id, client_message_id)
      WHERE client_message_id IS NOT NULL`,
    `CREATE TABLE message_bodies (
      mesh_id TEXT NOT NULL, seq INTEGER NOT NULL, nonce TEXT NOT NULL, ciphertext TEXT NOT NULL,
      PRIMARY KEY (mesh_id, seq)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE settled_messages (
      settled_at INTEGER NOT NULL, mesh_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (settled_at, mesh_id, seq)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE ledger_steps (
      n INTEGER PRIMARY KEY AUTOINCREMENT, mesh_id TEXT NOT NULL, rid INTEGER NOT NULL, bucket INTEGER NOT NULL,
      offsets TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, at INTEGER NOT NULL
    ) STRICT`,
    "CREATE INDEX ledger_steps_delivery ON ledger_steps (rid, bucket)",
    `CREATE TABLE message_log (
      mesh_id TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, sender_name TEXT NOT NULL, target_spec TEXT NOT NULL,
      kind TEXT NOT NULL, priority TEXT NOT NULL, text TEXT NOT NULL, created_at INTEGER NOT NULL,
      PRIMARY KEY (mesh_id, seq)
    ) STRICT`,
    "CREATE INDEX message_log_age ON message_log (created_at)",
    `CREATE TABLE events (
      mesh_id TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY (mesh_id, seq)
    ) STRICT, WITHOUT ROWID`,

    `CREATE TABLE state (
      mesh_id TEXT NOT NULL REFERENCES meshes (id), key TEXT NOT NULL, value TEXT, version INTEGER NOT NULL,
      updated_by_name TEXT NOT NULL, updated_by_presence TEXT, updated_by_member TEXT, updated_at INTEGER NOT NULL,
      PRIMARY KEY (mesh_id, key)
    ) STRICT, WITHOUT ROWID`,
    "CREATE INDEX state_present ON state (mesh_id, key) WHERE value IS NOT NULL",
    `CREATE TABLE memories (
      n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, mesh_id TEXT NOT NULL REFERENCES meshes (id), content_json TEXT NOT NULL,
      tags_json TEXT NOT NULL, member_id TEXT NOT NULL, member_pubkey TEXT NOT NULL, remembered_by TEXT NOT NULL,
      remembered_at INTEGER NOT NULL, forgotten_at INTEGER
    ) STRICT`,
    "CREATE INDEX memories_newest ON memories (mesh_id, n) WHERE forgotten_at IS NULL",
    "CREATE INDEX memories_forgotten ON memories (forgotten_at) WHERE forgotten_at IS NOT NULL",
    "CREATE TABLE memory_counts (mesh_id TEXT PRIMARY KEY, present INTEGER NOT NULL, added INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    `CREATE VIRTUAL TABLE memory_search USING fts5(
      content, tags, scope, id UNINDEXED, remembered_at UNINDEXED, content_length UNINDEXED, tokenize = 'ascii', columnsize = 0
    )`,

    "CREATE TABLE write_probe (writes INTEGER NOT NULL) STRICT",
    "INSERT INTO write_probe (writes) VALUES (0)",
    `CREATE TABLE audit_log (
      seq INTEGER PRIMARY KEY, mesh_id TEXT, at INTEGER NOT NULL, actor TEXT NOT NULL, event TEXT NOT NULL, data TEXT NOT NULL,
      prev_hash TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT`,
  ],
};
