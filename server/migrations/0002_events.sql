-- The one log. A row is written by the transaction that makes it true; seq, previous_hash and hash
-- are set afterwards by the sealer. app_id may be 'instance', for what belongs to no App.

CREATE TABLE events (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    seq BIGINT,
    type TEXT NOT NULL,
    actor_type TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id TEXT NOT NULL,
    data JSONB NOT NULL,
    -- What tells of a person, outside of what is hashed: only a salted digest of it is.
    personal JSONB,
    personal_salt BYTEA,
    personal_digest BYTEA NOT NULL,
    -- What local verifiers must refuse because of it: becomes rows of `revocations`.
    revokes JSONB,
    request_id TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    -- Its place among the events of its transaction.
    position BIGINT NOT NULL,
    previous_hash BYTEA,
    hash BYTEA,
    PRIMARY KEY (app_id, id)
);

CREATE UNIQUE INDEX events_in_order ON events (app_id, seq);
CREATE INDEX events_unsealed ON events (app_id, occurred_at, position) WHERE seq IS NULL;
CREATE INDEX events_by_target ON events (app_id, target_id);
CREATE INDEX events_by_actor ON events (app_id, actor_id);

-- The last sealed event of each App.
CREATE TABLE event_heads (
    app_id TEXT NOT NULL PRIMARY KEY,
    last_seq BIGINT NOT NULL,
    last_hash BYTEA NOT NULL
);

-- What a local verifier must refuse, in the order of commit.
CREATE TABLE revocations (
    seq BIGINT NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    not_before_us BIGINT NOT NULL,
    reason TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX revocations_by_app ON revocations (app_id, seq);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- 'sealed' counts the transactions of the sealer; updating it is also what lets one seal at a time.
-- 'signing_keys' does the same for changes to the signing keys.
INSERT INTO counters (name, value) VALUES ('sealed', 0), ('revocations', 0), ('signing_keys', 0);
