CREATE TABLE admin_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    digest BYTEA NOT NULL,
    -- The App it is bound to; nothing for a key of the whole instance.
    app_id TEXT REFERENCES apps (id),
    -- ["*"], or the permissions it holds.
    permissions JSONB NOT NULL,
    expires_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE UNIQUE INDEX admin_keys_by_digest ON admin_keys (digest);

-- Answers kept for whoever repeats a request with its Idempotency-Key.
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    answer_sealed BYTEA,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (caller, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Recurring work, and which node has it now.
CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY,
    next_run_at TIMESTAMPTZ NOT NULL,
    leased_until TIMESTAMPTZ,
    lease TEXT
);

-- Small facts of the instance: a check of the master key, say.
CREATE TABLE instance (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
