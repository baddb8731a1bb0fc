CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    public_jwk JSONB NOT NULL,
    private_sealed BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    -- From when it signs.
    active_at TIMESTAMPTZ NOT NULL,
    -- From when its successor signs; it stays published until its last tokens have expired.
    retired_at TIMESTAMPTZ,
    deleted_at TIMESTAMPTZ
);

CREATE TABLE sessions (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- The refresh token in force is the one of this generation.
    generation BIGINT NOT NULL,
    rotated_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    ip TEXT,
    user_agent TEXT,
    -- Who began it for the user, if not the user: the `act` of its tokens.
    acted_by TEXT,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX sessions_by_user ON sessions (app_id, user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE credentials (
    app_id TEXT NOT NULL REFERENCES apps (id),
    id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    permissions JSONB NOT NULL,
    status TEXT NOT NULL,
    last_used_at TIMESTAMPTZ,
    last_token_us BIGINT NOT NULL DEFAULT 0,
    tokens_not_before_us BIGINT NOT NULL DEFAULT 0,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE UNIQUE INDEX credentials_by_client ON credentials (client_id);

CREATE TABLE credential_secrets (
    app_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    last_used_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, credential_id, id),
    FOREIGN KEY (app_id, credential_id) REFERENCES credentials (app_id, id)
);

-- Single tokens that were revoked, until they would have expired.
CREATE TABLE revoked_tokens (
    jti TEXT NOT NULL PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);

-- Failed logins by address, whether anyone has that address or not: only a digest of it is kept.
CREATE TABLE login_failures (
    app_id TEXT NOT NULL,
    address_digest BYTEA NOT NULL,
    failures BIGINT NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, address_digest)
);

CREATE INDEX login_failures_by_age ON login_failures (last_at);
