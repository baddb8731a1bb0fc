//! What the server refuses with.

open_enum! {
    /// What the server refuses with. Those in lower case are OAuth's (RFC 6749, section 5.2).
    Code {
        /// 400: a field is wrong; the details name all that are.
        ValidationError = "VALIDATION_ERROR",
        /// 400: the body is no JSON.
        MalformedJson = "MALFORMED_JSON",
        /// 401: no bearer, or one that is none.
        Unauthenticated = "UNAUTHENTICATED",
        /// 401: the token has expired.
        TokenExpired = "TOKEN_EXPIRED",
        /// 401: the token, or the session or credential behind it, was revoked.
        TokenRevoked = "TOKEN_REVOKED",
        /// 401: the rights behind the token have changed; a refresh gives one with the new.
        TokenStale = "TOKEN_STALE",
        /// 401: a login that failed, whatever the cause.
        InvalidCredentials = "INVALID_CREDENTIALS",
        /// 403: the details name the permissions that are missing.
        PermissionDenied = "PERMISSION_DENIED",
        /// 403: the App is suspended.
        AppSuspended = "APP_SUSPENDED",
        /// 403: the user is suspended.
        UserSuspended = "USER_SUSPENDED",
        /// 404: it doesn't exist, or is another App's.
        NotFound = "NOT_FOUND",
        /// 405.
        MethodNotAllowed = "METHOD_NOT_ALLOWED",
        /// 413.
        PayloadTooLarge = "PAYLOAD_TOO_LARGE",
        /// 415.
        UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
        /// 409: a name or address is taken, or the state doesn't allow it.
        Conflict = "CONFLICT",
        /// 409: the key came before with another body.
        IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
        /// 409: users wear the role.
        RoleInUse = "ROLE_IN_USE",
        /// 410.
        InviteExpired = "INVITE_EXPIRED",
        /// 410: it was accepted as often as it may be.
        InviteUsed = "INVITE_USED",
        /// 410.
        InviteRevoked = "INVITE_REVOKED",
        /// 410.
        LinkExpired = "LINK_EXPIRED",
        /// 410.
        LinkUsed = "LINK_USED",
        /// 429: see `retry_after`.
        RateLimited = "RATE_LIMITED",
        /// 500.
        Internal = "INTERNAL",
        /// 503: the database is away, or the server is stopping.
        Unavailable = "UNAVAILABLE",
        /// OAuth: a parameter is missing or wrong.
        InvalidRequest = "invalid_request",
        /// OAuth: the client didn't authenticate.
        InvalidClient = "invalid_client",
        /// OAuth: the password or refresh token is none.
        InvalidGrant = "invalid_grant",
        /// OAuth: the client may not use this grant.
        UnauthorizedClient = "unauthorized_client",
        /// OAuth: there is no such grant.
        UnsupportedGrantType = "unsupported_grant_type",
        /// OAuth: the scope is wider than what was granted.
        InvalidScope = "invalid_scope",
    }
}
