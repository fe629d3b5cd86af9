"""A small OpenID Connect provider on this machine, which logs in whoever asks, at once."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = "cnn-laboratory"


@contextmanager
def running_provider(account: str) -> Iterator[str]:
    """Run a provider that logs everybody in as `account`, an e-mail address; yields its address."""
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    key = RSAKey.generate_key(2048, parameters={"kid": "1"}, private=True)
    nonces: dict[str, str] = {}  # by code

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address, query = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
            if address.path == "/authorize":
                code = secrets.token_hex(8)
                nonces[code] = query.get("nonce", [""])[0]
                answer = urlencode({"code": code, "state": query["state"][0]})
                self.send_response(302)
                self.send_header("Location", f"{query['redirect_uri'][0]}?{answer}")
                self.end_headers()
            elif address.path == "/keys":
                self._send({"keys": [key.as_dict(private=False)]})
            else:
                self._send(
                    {
                        "issuer": issuer,
                        "authorization_endpoint": f"{issuer}/authorize",
                        "token_endpoint": f"{issuer}/token",
                        "jwks_uri": f"{issuer}/keys",
                        "id_token_signing_alg_values_supported": ["RS256"],
                    }
                )

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            code = parse_qs(self.rfile.read(length).decode())["code"][0]
            now = int(time.time())
            claims = {
                "iss": issuer,
                "sub": "7",
                "aud": CLIENT,
                "iat": now,
                "exp": now + 600,
                "nonce": nonces[code],
                "email": account,
                "name": "Ada Lovelace",
            }
            token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
            self._send({"access_token": "none", "token_type": "Bearer", "id_token": token})

        def _send(self, answer: dict) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), Provider)
    issuer = f"http://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
