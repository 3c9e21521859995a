import type { Migration } from "../../migrations/plan-migrations.ts";

/**
 * Keys compare by code point (COLLATE "C"), whatever the database's locale; lists and documents are JSON text.
 * A message is unsettled exactly as long as it has a row in message_bodies, so that what serves delivery never meets a
 * settled row and its index is that table's key.
 */
export const migration0001: Migration = {
  name: "0001-initial",
  statements: [
    `CREATE TABLE meshes (
      id text COLLATE "C" PRIMARY KEY, slug text COLLATE "C" NOT NULL, name text NOT NULL, owner_pubkey text NOT NULL,
      policies text NOT NULL, created_at timestamptz NOT NULL, archived_at timestamptz
    )`,
    "CREATE UNIQUE INDEX meshes_live_slug ON meshes (slug) WHERE archived_at IS NULL",
    `CREATE TABLE members (
      id text COLLATE "C" PRIMARY KEY, mesh_id text COLLATE "C" NOT NULL REFERENCES meshes (id), pubkey text COLLATE "C" NOT NULL,
      display_name text NOT NULL, role text NOT NULL, joined_at timestamptz NOT NULL, last_seen_at timestamptz NOT NULL,
      revoked_at timestamptz, UNIQUE (mesh_id, pubkey)
    )`,
    `CREATE TABLE invites (
      id text COLLATE "C" PRIMARY KEY, mesh_id text COLLATE "C" NOT NULL REFERENCES meshes (id),
      token_hash text COLLATE "C" NOT NULL UNIQUE, role text NOT NULL, max_uses integer NOT NULL,
      used_count integer NOT NULL CHECK (used_count <= max_uses), expires_at timestamptz NOT NULL,
      created_at timestamptz NOT NULL, revoked_at timestamptz
    )`,
    "CREATE INDEX invites_mesh ON invites (mesh_id, created_at, id)",
    `CREATE TABLE api_tokens (
      id text COLLATE "C" PRIMARY KEY, mesh_id text COLLATE "C" NOT NULL REFERENCES meshes (id), name text NOT NULL,
      hash text COLLATE "C" NOT NULL UNIQUE, scope text NOT NULL, created_at timestamptz NOT NULL, expires_at timestamptz,
      revoked_at timestamptz
    )`,
    "CREATE INDEX api_tokens_mesh ON api_tokens (mesh_id, created_at, id)",

    `CREATE TABLE sessions (
      mesh_id text COLLATE "C" NOT NULL, session_pubkey text COLLATE "C" NOT NULL, member_id text COLLATE "C" NOT NULL,
      proven boolean NOT NULL, display_name text NOT NULL, groups_json text NOT NULL, features_json text NOT NULL,
      last_seen_at timestamptz NOT NULL, PRIMARY KEY (mesh_id, session_pubkey)
    )`,
    `CREATE TABLE presences (
      mesh_id text COLLATE "C" NOT NULL, member_id text COLLATE "C" NOT NULL, identity text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL UNIQUE, broker_id text NOT NULL, attributes text NOT NULL, connected_at timestamptz NOT NULL,
      detached_at timestamptz, closed_cleanly boolean NOT NULL, lease_until timestamptz NOT NULL,
      PRIMARY KEY (mesh_id, member_id, identity)
    )`,
    'CREATE TABLE hello_seen (key text COLLATE "C" PRIMARY KEY, at timestamptz NOT NULL)',
    `CREATE TABLE brokers (
      id text COLLATE "C" PRIMARY KEY, started_at timestamptz NOT NULL, heartbeat_at timestamptz NOT NULL, url text NOT NULL
    )`,

    `CREATE TABLE mesh_positions (
      mesh_id text COLLATE "C" PRIMARY KEY, last_message_seq bigint NOT NULL, last_event_seq bigint NOT NULL
    )`,
    "CREATE TABLE recipient_position (one integer PRIMARY KEY CHECK (one = 1), last_rid integer NOT NULL)",
    `CREATE TABLE recipients (
      rid integer PRIMARY KEY, mesh_id text COLLATE "C" NOT NULL, kind text NOT NULL, key text NOT NULL, name text NOT NULL
    )`,
    // The mesh comes second in the key: as the first column it would look to the planner of an empty table as good a way to a
    // clientMessageId as the index made for it, and that plan would stay when the table is full.
    `CREATE TABLE messages (
      mesh_id text COLLATE "C" NOT NULL, seq bigint NOT NULL, id text COLLATE "C" NOT NULL,
      sender_member_id text COLLATE "C" NOT NULL, sender_member_pubkey text NOT NULL, sender_pubkey text NOT NULL,
      sender_name text NOT NULL, target_spec text NOT NULL, kind text NOT NULL, priority text NOT NULL, enc text NOT NULL,
      sent_at text NOT NULL, accepted_at timestamptz NOT NULL, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
      bytes integer NOT NULL, recipients text NOT NULL, client_message_id text COLLATE "C", fingerprint text, reply_to text,
      subtype text, sig text, PRIMARY KEY (seq, mesh_id)
    )`,
    "CREATE UNIQUE INDEX messages_id ON messages (id)",
    `CREATE UNIQUE INDEX messages_client_id ON messages (mesh_id, sender_member_id, client_message_id)
      WHERE client_message_id IS NOT NULL`,
    // Base64 of encrypted bytes does not compress; trying would cost more than the insert.
    `CREATE TABLE message_bodies (
      mesh_id text COLLATE "C" NOT NULL, seq bigint NOT NULL, nonce text NOT NULL, ciphertext text STORAGE EXTERNAL NOT NULL,
      PRIMARY KEY (mesh_id, seq)
    )`,
    `CREATE TABLE settled_messages (
      settled_at timestamptz NOT NULL, mesh_id text COLLATE "C" NOT NULL, seq bigint NOT NULL, PRIMARY KEY (settled_at, mesh_id, seq)
    )`,
    `CREATE TABLE ledger_steps (
      n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mesh_id text COLLATE "C" NOT NULL, rid integer NOT NULL,
      bucket bigint NOT NULL, offsets text NOT NULL, state text NOT NULL, reason text, at timestamptz NOT NULL
    )`,
    "CREATE INDEX ledger_steps_delivery ON ledger_steps (rid, bucket)",
    `CREATE TABLE message_log (
      mesh_id text COLLATE "C" NOT NULL, seq bigint NOT NULL, id text COLLATE "C" NOT NULL UNIQUE, sender_name text NOT NULL,
      target_spec text NOT NULL, kind text NOT NULL, priority text NOT NULL, text text NOT NULL, created_at timestamptz NOT NULL,
      PRIMARY KEY (mesh_id, seq)
    )`,
    "CREATE INDEX message_log_age ON message_log (created_at)",
    `CREATE TABLE events (
      mesh_id text COLLATE "C" NOT NULL, seq bigint NOT NULL, type text NOT NULL, data text NOT NULL, at timestamptz NOT NULL,
      PRIMARY KEY (mesh_id, seq)
    )`,

    `CREATE TABLE state (
      mesh_id text COLLATE "C" NOT NULL REFERENCES meshes (id), key text COLLATE "C" NOT NULL, value text, version bigint NOT NULL,
      updated_by_name text NOT NULL, updated_by_presence text, updated_by_member text, updated_at timestamptz NOT NULL,
      PRIMARY KEY (mesh_id, key)
    )`,
    "CREATE INDEX state_present ON state (mesh_id, key) WHERE value IS NOT NULL",
    `CREATE TABLE memories (
      n bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, mesh_id text COLLATE "C" NOT NULL REFERENCES meshes (id),
      content_json text NOT NULL, tags_json text NOT NULL, member_id text NOT NULL, member_pubkey text NOT NULL,
      remembered_by text NOT NULL, remembered_at timestamptz NOT NULL, forgotten_at timestamptz
    )`,
    "CREATE INDEX memories_newest ON memories (mesh_id, n) WHERE forgotten_at IS NULL",
    "CREATE INDEX memories_forgotten ON memories (forgotten_at) WHERE forgotten_at IS NOT NULL",
    'CREATE TABLE memory_counts (mesh_id text COLLATE "C" PRIMARY KEY, present bigint NOT NULL, added bigint NOT NULL)',
    `CREATE TABLE memory_texts (
      n bigint PRIMARY KEY, id text COLLATE "C" NOT NULL, remembered_at timestamptz NOT NULL, content text NOT NULL,
      tags text NOT NULL, content_length integer NOT NULL
    )`,
    "CREATE TABLE memory_search (n bigint PRIMARY KEY, terms tsvector NOT NULL)",
    `CREATE TABLE memory_eras (
      mark text COLLATE "C" NOT NULL, era bigint NOT NULL, newest bigint NOT NULL, PRIMARY KEY (mark, era)
    )`,
    // Without the pending list a search never has to read through entries that wait to be sorted in.
    "CREATE INDEX memory_search_terms ON memory_search USING gin (terms) WITH (fastupdate = off)",

    "CREATE TABLE write_probe (writes bigint NOT NULL)",
    "INSERT INTO write_probe (writes) VALUES (0)",
    `CREATE TABLE audit_log (
      seq bigint PRIMARY KEY, mesh_id text COLLATE "C", at timestamptz NOT NULL, actor text NOT NULL, event text NOT NULL,
      data text NOT NULL, prev_hash text NOT NULL, hash text NOT NULL
    )`,
  ],
};
