CREATE TABLE webhooks (
    app_id TEXT NOT NULL REFERENCES apps (id),
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    events JSONB NOT NULL,
    description TEXT,
    status TEXT NOT NULL,
    secret_sealed BYTEA NOT NULL,
    -- Signs too, until the overlap of a rotation ends.
    previous_secret_sealed BYTEA,
    previous_secret_until TIMESTAMPTZ,
    -- Since when every attempt has failed; nothing once one succeeds.
    failing_since TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE TABLE deliveries (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- When it is due; nothing once it has succeeded or been given up.
    next_attempt_at TIMESTAMPTZ,
    -- Whoever attempts it holds it until then; the lease tells one holder from the next.
    leased_until TIMESTAMPTZ,
    lease TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, webhook_id) REFERENCES webhooks (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, event_id) REFERENCES events (app_id, id)
);

CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_by_webhook ON deliveries (app_id, webhook_id, id);
CREATE INDEX deliveries_due_by_webhook ON deliveries (app_id, webhook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_by_event ON deliveries (app_id, event_id);

CREATE TABLE delivery_attempts (
    app_id TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    latency_ms BIGINT NOT NULL,
    status_code BIGINT,
    response_excerpt TEXT,
    error TEXT,
    PRIMARY KEY (app_id, delivery_id, number),
    FOREIGN KEY (app_id, delivery_id) REFERENCES deliveries (app_id, id) ON DELETE CASCADE
);
