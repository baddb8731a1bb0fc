CREATE TABLE invites (
    app_id TEXT NOT NULL REFERENCES apps (id),
    id TEXT NOT NULL,
    token_digest BYTEA NOT NULL,
    email TEXT,
    -- Ids of roles.
    roles JSONB NOT NULL,
    max_uses BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    invited_by_type TEXT NOT NULL,
    invited_by_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE UNIQUE INDEX invites_by_token ON invites (token_digest);

CREATE TABLE links (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    token_digest BYTEA NOT NULL,
    -- The address that is verified, as it was when the link was made.
    email TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX links_by_token ON links (token_digest);
CREATE INDEX links_by_user ON links (app_id, user_id);
