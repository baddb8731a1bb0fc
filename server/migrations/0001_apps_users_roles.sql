-- One text for SQLite and PostgreSQL. app_id leads every key of what belongs to an App, and every
-- foreign key carries it: no row can point into another App.
-- Columns that end in _us are microseconds since the Unix epoch: see "Tokens" in API-DESIGN.md.

CREATE TABLE apps (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    status TEXT NOT NULL,
    metadata JSONB NOT NULL,
    settings JSONB NOT NULL,
    tokens_not_before_us BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE users (
    app_id TEXT NOT NULL REFERENCES apps (id),
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    -- What emails are compared by: without case.
    email_key TEXT NOT NULL,
    email_verified BOOLEAN NOT NULL,
    display_name TEXT,
    status TEXT NOT NULL,
    metadata JSONB NOT NULL,
    password_hash TEXT,
    last_login_at TIMESTAMPTZ,
    last_token_us BIGINT NOT NULL DEFAULT 0,
    tokens_not_before_us BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, id),
    UNIQUE (app_id, email_key)
);

CREATE TABLE roles (
    app_id TEXT NOT NULL REFERENCES apps (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    permissions JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, id),
    UNIQUE (app_id, name)
);

CREATE TABLE user_roles (
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    assigned_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, user_id, role_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, role_id) REFERENCES roles (app_id, id)
);

CREATE INDEX user_roles_by_role ON user_roles (app_id, role_id);
