"""A client of the OAuth 2.0 side that knows nothing of Heimdall.

Discovery (RFC 8414), a token by client credentials (RFC 6749), its signature and claims (RFC 9068),
introspection (RFC 7662) and revocation (RFC 7009), with both ways to authenticate a client. An
exception, and so an exit status of 1, when one fails.

usage: python oauth.py --base URL --client-id hci_… --client-secret hds_… --app-id app_…
"""

import argparse
from urllib.parse import urlsplit

import jwt
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

TIMEOUT_SECONDS = 10


def discover(issuer: str) -> dict:
    """The metadata, from where RFC 8414 puts it for an issuer with a path: before the path."""
    parts = urlsplit(issuer)
    well_known = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path}"
    response = requests.get(well_known, timeout=TIMEOUT_SECONDS)
    response.raise_for_status()
    metadata = response.json()
    assert metadata["issuer"] == issuer, metadata["issuer"]
    return metadata


def check(metadata: dict, args: argparse.Namespace, method: str) -> None:
    """All steps with one way to authenticate."""
    assert method in metadata["token_endpoint_auth_methods_supported"], method
    session = OAuth2Session(
        args.client_id,
        args.client_secret,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        default_timeout=TIMEOUT_SECONDS,
    )
    token = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    access_token = token["access_token"]
    assert token["token_type"] == "Bearer", token["token_type"]

    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(access_token)
    claims = jwt.decode(
        access_token,
        key,
        algorithms=["ES256", "EdDSA", "RS256"],
        audience=args.app_id,
        issuer=args.base,
        options={"require": ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"]},
    )
    assert claims["client_id"] == claims["sub"] == args.client_id, claims
    assert jwt.get_unverified_header(access_token)["typ"] == "at+jwt"

    def introspect() -> dict:
        response = session.introspect_token(metadata["introspection_endpoint"], token=access_token)
        response.raise_for_status()
        return response.json()

    assert introspect()["active"] is True
    session.revoke_token(metadata["revocation_endpoint"], token=access_token).raise_for_status()
    assert introspect() == {"active": False}

    stranger = OAuth2Session(args.client_id, args.client_secret + "x", token_endpoint_auth_method=method)
    try:
        stranger.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    except OAuthError as refusal:
        assert refusal.error == "invalid_client", refusal
    else:
        raise AssertionError("a wrong secret was taken")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--base", "--client-id", "--client-secret", "--app-id"):
        parser.add_argument(name, required=True)
    args = parser.parse_args()
    metadata = discover(args.base)
    for method in ("client_secret_basic", "client_secret_post"):
        check(metadata, args, method)


if __name__ == "__main__":
    main()
