#!/usr/bin/env python3
"""docket from Python: a client and a small worker in one file, with nothing but the standard library (3.6 and later: that is
what the machines of many a cluster have).

    import docket

    queue = docket.Client().queue("survey")
    queue.add("echo hello")                         # a command; {"payload": …} is anything that JSON can say
    queue.add_many(f"./walk {i}" for i in range(100_000))
    while lease := queue.take(wait=30):             # a task, ours until the lease is over; it renews itself
        with lease:                                 # an exception makes it failed, leaving without a result gives it back
            lease.finish(result={"square": lease.payload["side"] ** 2})

and `python3 docket.py work survey -j 4` runs commands on machines where nothing can be installed. What is spoken is doc/PROTOCOL.md.

How it works: each thread has a connection of its own, kept and used again. A server that has answered once may be away for `patience`
seconds (it is being restarted): what can be sent twice without harm is sent again until then; what cannot says so. One thread in the
background renews whatever this process holds. What is held when the process ends in order is given back.
"""
import argparse
import atexit
import base64
import binascii
import collections
import contextlib
import errno
import hashlib
import hmac
import http.client
import itertools
import json
import os
import random
import re
import select
import selectors
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
import uuid
import weakref
from typing import (Any, Callable, Deque, Dict, Iterable, Iterator, List, Mapping, NamedTuple, NoReturn, Optional, Sequence, Set,
                    Tuple, Union)
from urllib.parse import quote, unquote, urlencode, urlsplit

__all__ = ["Added", "Client", "DocketError", "Lease", "Queue", "ServerAway", "Worker", "STATES", "give_all_back"]

STATES = ("waiting", "pending", "running", "succeeded", "failed", "killed")
ENDED = ("succeeded", "failed", "killed")

Json = Any                                   # what json.loads may answer
NewTask = Union[str, Mapping[str, Json]]     # a command; or the fields of a task

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0          # how long an answer may be silent, beyond the wait that was asked for
SITE_SECONDS = 90.0            # where the answer waits for a site
WAIT_MOST = 60.0               # LIMIT_WAIT_SECONDS
PAGE = 1000                    # LIMIT_PAGE
RESULTS_MOST = 1000            # LIMIT_RESULTS
LEASES_MOST = 10000            # LIMIT_LEASES
OUTPUT_BYTES = 64 * 1024       # LIMIT_OUTPUT
MESSAGE_BYTES = 4 * 1024       # LIMIT_MESSAGE
INLINE_BYTES = 512 * 1024      # a result larger than this travels as bytes
ANSWER_BYTES = 80 * 1024 * 1024  # no answer of a docket is larger
BLOCK_BYTES = 512 * 1024       # of lines in one request of an upload
BLOCK_SECONDS = 1.0            # how long a line may wait for company
BACKOFF_FIRST, BACKOFF_MOST = 0.1, 5.0
GIVE_BACK_SECONDS = 5.0        # how long the end of a process waits for that
OUTAGE_SECONDS = 3600.0        # how long a result is kept trying at least
IDLE_SECONDS = 30.0            # how often the renewing thread looks whether its client is still there
SYSTEM_DATA = "/var/lib/docket"


# ---- errors

class DocketError(Exception):
    """The server refused, or could not be asked.

    status: of HTTP, 0 where there was no answer. code: stable, see doc/PROTOCOL.md ("queue_not_found", …). detail: what and where.
    hint: what to do about it, or "". body: the problem document, {} if there was none.
    """

    def __init__(self, detail: str, *, status: int = 0, code: str = "", hint: str = "", body: Optional[Dict[str, Json]] = None):
        super().__init__(detail)
        self.detail, self.status, self.code, self.hint, self.body = detail, status, code, hint, body or {}

    def __str__(self) -> str:
        return f"{self.detail} ({self.hint})" if self.hint else self.detail


class ServerAway(DocketError):
    """No answer, or none that came from a docket in time. sent: the request may have been carried out."""

    def __init__(self, detail: str, *, hint: str = "", sent: bool = False, status: int = 0, code: str = "server_away"):
        super().__init__(detail, status=status, code=code, hint=hint)
        self.sent = sent


def _problem(status: int, data: bytes, url: str) -> DocketError:
    """The refusal that was answered. One that is no docket's (something in between, a stranger on its port) is a ServerAway."""
    try:
        body = json.loads(data)
    except ValueError:
        body = None
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(code, str):
        if status in (401, 403, 413):
            return DocketError(f"{url} answered {status} {http.client.responses.get(status, '')}".rstrip(), status=status, code=str(status))
        return ServerAway(f"what answers at {url} is no docket: {status}", sent=True, status=status)
    detail = str(body.get("detail") or body.get("title") or code)
    hint = str(body.get("hint") or "")
    if status >= 500:
        return _Trouble(detail, status=status, code=code, hint=hint, body=body)
    return DocketError(detail, status=status, code=code, hint=hint, body=body)


class _Trouble(DocketError):
    """The server is there and cannot serve this (5xx)."""


def _passes(e: DocketError) -> bool:
    """May the same request succeed a little later?"""
    return isinstance(e, ServerAway) or e.status in (429, 502, 503, 504) or e.code == "commit_unknown"


def _may_be_done(e: DocketError) -> bool:
    """May the request have been carried out?"""
    if isinstance(e, ServerAway):
        return e.sent
    return e.code == "commit_unknown" or e.status in (502, 504)


# ---- finding the server: in the order and by the rules of the verbs (src/cli/connect.c)

class _Place:
    """Where the server is and how it is known: url, token, the CA file named, the data directory it was found in, its pin."""

    def __init__(self, url: str, token: Optional[str], ca_file: Optional[str], data: Optional[str], by_data: bool,
                 pin: Optional[str] = None):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"'{url}' is no address of a server: http://HOST:PORT or https://HOST:PORT")
        if parts.username is not None:
            raise ValueError("the address of a server holds no user or password: name a token file")
        self.url = url.rstrip("/")
        self.tls = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (443 if self.tls else 80)
        self.base = parts.path.rstrip("/")
        self.token, self.ca_file, self.data, self.by_data = token, ca_file, data, by_data
        self.pin = pin or (_pin_of(data, self.url) if data and not ca_file else None)


def _variable(name: str) -> Optional[str]:
    return os.environ.get(name) or None


def _home() -> str:
    home = os.environ.get("HOME", "")
    return home if home.startswith("/") else os.path.expanduser("~")


def _own_data() -> str:
    base = os.environ.get("XDG_DATA_HOME", "")
    return os.path.join(base if base.startswith("/") else os.path.join(_home(), ".local/share"), "docket")


def _announced(data: str) -> Optional[Dict[str, str]]:
    """What the running server has written into its data directory; None: none runs there, as far as the file tells."""
    try:
        with open(os.path.join(data, "server"), encoding="utf-8") as file:
            there = json.loads(file.read(64 * 1024))
    except (OSError, ValueError):
        return None
    return there if isinstance(there, dict) and isinstance(there.get("url"), str) else None


def _pin_of(data: str, url: str) -> Optional[str]:
    """The directory is believed for the one URL that its server has."""
    there = _announced(data)
    pin = there.get("pin") if there and there["url"].rstrip("/") == url.rstrip("/") else None
    return pin if isinstance(pin, str) else None


def _read_token(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(64 * 1024)
    except OSError as e:
        raise DocketError(f"could not open the token file '{path}': {_cause(e)}", code="file") from None
    return _first_word(text, path)


def _first_word(text: str, where: str) -> str:
    """As a header can carry it. No message shows it: one that is mistyped is a secret all the same."""
    word = (text.split() or [""])[0]
    if not word:
        raise DocketError(f"'{where}' holds no token", code="file")
    if not re.fullmatch("[!-~]+", word):
        raise DocketError(f"'{where}' holds characters that no token has", code="file")
    return word


def _cause(e: OSError) -> str:
    """As our errors have it: lower case."""
    words = e.strerror or str(e)
    return words[:1].lower() + words[1:]


def _denied(path: str) -> DocketError:
    return DocketError(f"could not open '{path}': permission denied", code="file",
                       hint="only its owner may use this server, or members of the group it was shared with")


def _named_pin(pin: Optional[str], url: str) -> Optional[str]:
    """The key that the server is to be known by. Where it was asked for, nothing less will do."""
    named, secure = pin or _variable("DOCKET_PIN"), url.startswith("https:")
    if not named or (not secure and not pin):
        return None
    if not secure:
        raise ValueError(f"a pin is for a server that speaks TLS, and '{url}' does not begin with https:")
    if not re.fullmatch("sha256//[A-Za-z0-9+/]{43}=", named):
        raise ValueError(f"{'the pin' if pin else 'DOCKET_PIN'} must be sha256// and 44 characters of base64, not '{named[:80]}'")
    os.environ["DOCKET_PIN"] = named  # for the commands of a worker
    return named


def _place_by_url(url: str, token: Optional[str], token_file: Optional[str], ca_file: Optional[str], data: Optional[str],
                  pin: Optional[str]) -> _Place:
    url = (url if "://" in url else "http://" + url).rstrip("/")
    pin = _named_pin(pin, url)
    token = _first_word(token, "token") if token else None
    dirs = [data, _variable("DOCKET_DATA"), _own_data(), SYSTEM_DATA]
    home = next((d for d in dirs if d and (_announced(d) or {"url": ""})["url"].rstrip("/") == url), None)
    token_file = token_file or _variable("DOCKET_TOKEN_FILE")
    said = _variable("DOCKET_TOKEN")
    if not token and token_file:
        token = _read_token(token_file)
    elif not token and said:
        token = _first_word(said, "DOCKET_TOKEN")
    if not token and home:
        with contextlib.suppress(OSError, DocketError):
            token = _read_token(os.path.join(home, "token"))
    if pin:
        return _Place(url, token, None, None, False, pin)
    return _Place(url, token, ca_file or _variable("DOCKET_CA_FILE"), home, False)


def _place_by_data(data: str, token: Optional[str], token_file: Optional[str]) -> Optional[_Place]:
    """None: no server runs there."""
    server = os.path.join(data, "server")
    if os.path.exists(server) and not os.access(server, os.R_OK):
        raise _denied(server)
    there = _announced(data)
    if not there:
        return None
    token = _first_word(token, "token") if token else None
    path = token_file or os.path.join(data, "token")
    if not token and not token_file and os.path.exists(path) and not os.access(path, os.R_OK):
        raise _denied(path)
    return _Place(there["url"], token or _read_token(path), None, data, True)


def _find(server: Optional[str], token: Optional[str], token_file: Optional[str], ca_file: Optional[str],
          data: Optional[str], pin: Optional[str]) -> _Place:
    url = server or (None if data else _variable("DOCKET_SERVER"))
    if url:
        return _place_by_url(url, token, token_file, ca_file, data, pin)
    if pin:
        raise ValueError("a pin is the key of a server that is named: --server URL, or DOCKET_SERVER")
    named = data or _variable("DOCKET_DATA")
    dirs = [named] if named else [_own_data(), SYSTEM_DATA]
    for i, directory in enumerate(dirs):
        try:
            place = _place_by_data(directory, token, token_file)
        except DocketError:
            if i == 0:
                raise
            place = None  # for whom it is not, the service is as good as away
        if place and _is_alive(place):
            return place
    raise ServerAway(f"no server is running on '{dirs[0]}'", hint="start one: docket serve; or name one: DOCKET_SERVER")


def _is_alive(place: _Place) -> bool:
    """What DIR/server names may have been left by a server that was killed: it is asked, without a token."""
    wire = _Wire(place)
    try:
        wire.ask("GET", "/healthz", None, {}, CONNECT_SECONDS)
        return True
    except ServerAway as e:
        return e.status != 0
    finally:
        wire.close()


# ---- TLS: certificates, or the key that the server of this machine has written down (src/cli/client_trust.c)

def _der(data: bytes, at: int) -> Tuple[int, int, int]:
    """The element of DER at a place: its tag, where its content begins, and where it ends."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at:at + count], "big"), at + count
    if at + length > len(data):
        raise IndexError("an element is longer than what holds it")
    return tag, at, at + length


def _public_key(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo of an X.509 certificate in DER (RFC 5280, 4.1): the seventh element, or the sixth without a version."""
    _, at, _ = _der(certificate, 0)
    _, at, _ = _der(certificate, at)
    tag, _, end = _der(certificate, at)
    for _ in range(6 if tag == 0xA0 else 5):
        _, _, end = _der(certificate, at)
        at = end
    _, _, end = _der(certificate, at)
    return certificate[at:end]


def _pin_matches(pin: str, certificate: Optional[bytes]) -> bool:
    """pin as curl has it: sha256//BASE64, several between semicolons."""
    try:
        digest = hashlib.sha256(_public_key(certificate or b"")).digest()
    except IndexError:
        return False
    ours = "sha256//" + base64.b64encode(digest).decode()
    return any(hmac.compare_digest(ours, one.strip()) for one in pin.split(";"))


def _context(place: _Place) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=place.ca_file)
    except (OSError, ssl.SSLError) as e:
        raise DocketError(f"'{place.ca_file}' holds no certificates to trust a server by: {e}", code="file") from None
    if sys.version_info >= (3, 7):
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    else:
        context.options |= ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1
    if place.pin:  # then no certificate is looked at; the key is, before anything is sent
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _tls_words(place: _Place, e: ssl.SSLError) -> ServerAway:
    if "CERTIFICATE_VERIFY_FAILED" in str(e):
        return ServerAway(f"the certificate of the server at {place.url} is not trusted: {getattr(e, 'verify_message', '') or e}",
                          hint="name a file with the certificate of who signed it: ca_file, --ca-file or DOCKET_CA_FILE")
    if "WRONG_VERSION" in str(e) or "PACKET_LENGTH" in str(e) or "UNEXPECTED_MESSAGE" in str(e):
        return ServerAway(f"the server at {place.url} does not speak TLS", hint="ask it by http://, if what is in between can be trusted")
    return ServerAway(f"the server at {place.url} and this client find no common TLS: {e}")


# ---- one connection

class _Wire:
    """A connection to the server, opened when it is needed and used again. For one thread at a time; abort is for others."""

    def __init__(self, place: _Place):
        self.place = place
        self.pid = os.getpid()
        self.aborted = False
        self._http: Optional[http.client.HTTPConnection] = None

    def close(self) -> None:
        if self._http:
            self._http.close()
        self._http = None

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # its thread has ended
            self.close()

    def abort(self) -> None:
        """From another thread: ends the request under way, or the next one, until `aborted` is made False again."""
        self.aborted = True  # before the look at the socket: whoever opens it later looks at this
        connection = self._http
        sock = connection.sock if connection else None
        if sock:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not SSLSocket's, which would pull its TLS away from the reader

    def ask(self, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str],
            timeout: float) -> Tuple[int, str, bytes]:
        """One request: the status, the media type and the body of the answer, whatever the status. ServerAway where there is none."""
        sent = False
        try:
            connection = self._ready(timeout)
            if self.aborted:
                raise ServerAway("the request was called back")
            sent = True
            connection.request(method, self.place.base + path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            data = answer.read(ANSWER_BYTES + 1)
            if len(data) > ANSWER_BYTES:
                raise http.client.HTTPException("the answer is larger than any of a docket")
            if answer.will_close:
                self.close()
            return answer.status, answer.headers.get("Content-Type", ""), data
        except ServerAway:
            self.close()
            raise
        except (OSError, http.client.HTTPException, ValueError) as e:
            self.close()
            raise self._away(e, sent) from None
        except BaseException:
            self.close()  # an answer that nobody has read must not be the next one's
            raise

    def _away(self, e: Exception, sent: bool) -> ServerAway:
        words = str(e) or type(e).__name__
        if isinstance(e, ssl.SSLError) and not sent:
            return _tls_words(self.place, e)
        if isinstance(e, socket.timeout):
            words = "no answer in time"
        elif isinstance(e, OSError):
            words = _cause(e)
        return ServerAway(f"the server at {self.place.url} does not answer: {words}", sent=sent)

    def _ready(self, timeout: float) -> http.client.HTTPConnection:
        if self._http and (self.pid != os.getpid() or not self._is_quiet()):
            self.close()
        if not self._http:
            self._http = self._open()
        assert self._http.sock
        self._http.sock.settimeout(timeout)
        return self._http

    def _is_quiet(self) -> bool:
        """An idle connection on which something can be read was closed by the other side."""
        sock = self._http.sock if self._http else None
        if not sock:
            return False
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            return not poll.poll(0)
        return not select.select([sock], [], [], 0)[0]

    def _open(self) -> http.client.HTTPConnection:
        self.pid = os.getpid()
        place = self.place
        connection = self._through_proxy() or self._direct(place.host, place.port)
        connection.connect()
        if place.pin:
            sock = connection.sock
            if not isinstance(sock, ssl.SSLSocket) or not _pin_matches(place.pin, sock.getpeercert(True)):
                connection.close()
                if not place.data:
                    raise ServerAway(f"what answers at {place.url} has another key than the one it was to be known by",
                                     hint="is another program on its port? --pin, or DOCKET_PIN, names the key")
                raise ServerAway(f"what answers at {place.url} has another key than the server of '{place.data}'",
                                 hint="is another program on its port? docket serve writes its own key down when it starts")
        return connection

    def _direct(self, host: str, port: int) -> http.client.HTTPConnection:
        if self.place.tls:
            return http.client.HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=_context(self.place))
        return http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)

    def _through_proxy(self) -> Optional[http.client.HTTPConnection]:
        """HTTPS_PROXY and NO_PROXY, as other programs read them; only for TLS, which keeps the proxy out of what is said."""
        place = self.place
        if not place.tls or place.pin or place.host == "localhost" or re.fullmatch(r"127\.[0-9.]+|::1", place.host):
            return None
        import urllib.request
        proxy = urllib.request.getproxies().get("https")
        if not proxy or urllib.request.proxy_bypass(f"{place.host}:{place.port}"):
            return None
        parts = urlsplit(proxy if "://" in proxy else "http://" + proxy)
        if not parts.hostname:
            return None
        said = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
        headers = {"Proxy-Authorization": "Basic " + base64.b64encode(said.encode()).decode()} if said else {}
        connection = self._direct(parts.hostname, parts.port or 3128)
        connection.set_tunnel(place.host, place.port, headers)
        return connection


# ---- the client

class _Answer(NamedTuple):
    media_type: str
    data: bytes

    def json(self) -> Json:
        """None where there was none."""
        try:
            return json.loads(self.data) if self.data else None
        except ValueError:
            raise ServerAway("what was answered is no JSON: something in between?", sent=True) from None


class Client:
    """One server. Safe to be used by several threads, and to be carried over a fork (what is held stays with the parent).

    The server is found as docket's verbs find it: `server` (a URL) or `data` (its data directory), else DOCKET_SERVER, else
    DOCKET_DATA, else the one that runs here. Its token: `token`, `token_file`, else DOCKET_TOKEN_FILE, DOCKET_TOKEN, else that of the data
    directory. Who may have signed its certificate: `ca_file`, else DOCKET_CA_FILE, else whom this machine trusts; a server of this machine is
    known by its key, and so is one whose key is named: `pin` ("sha256//…"), else DOCKET_PIN.

    worker: the name that claims are made by, else made of host and process; it must be nobody else's. Threads but the first to claim
    have a number behind it. patience: for how many seconds a server that has answered once may be away.

    Raises ServerAway, DocketError (a file that cannot be used), OSError, ValueError (no address).
    """

    def __init__(self, server: Optional[str] = None, *, token: Optional[str] = None, token_file: Optional[str] = None,
                 ca_file: Optional[str] = None, data: Optional[str] = None, worker: Optional[str] = None, patience: float = 60.0,
                 pin: Optional[str] = None):
        self.patience = patience
        self._place = _find(server, token, token_file, ca_file, data, pin)
        if self._place.ca_file and not os.access(self._place.ca_file, os.R_OK):
            raise DocketError(f"could not open the CA file '{self._place.ca_file}'", code="file")
        self._met = self._place.by_data  # has it answered?
        self._named = worker
        self._renew_identity(worker)
        _clients.add(self)

    @property
    def url(self) -> str:
        """Of the server, without a last slash."""
        return self._place.url

    def _renew_identity(self, name: Optional[str]) -> None:
        """At the start, and in the child of a fork: who we are, and nothing held."""
        self._local = threading.local()
        self._names = itertools.count(1)
        self._base_name = name or f"{socket.gethostname()[:64]}.{os.getpid()}.{uuid.uuid4().hex[:6]}"
        self._keeper = _Keeper(self)

    @property
    def worker(self) -> str:
        """The name that this thread claims by."""
        name: Optional[str] = getattr(self._local, "worker", None)
        if not name:
            number = next(self._names)
            name = self._local.worker = self._base_name if number == 1 else f"{self._base_name}.{number}"
        return name

    # -- asking

    def call(self, method: str, path: str, body: Json = None, *, query: Optional[Mapping[str, Json]] = None,
             repeatable: Optional[bool] = None, timeout: float = ANSWER_SECONDS, patience: Optional[float] = None) -> Json:
        """One request of the protocol; answers its JSON (None: there was none).

        path: below /api/v1, or from the root where it begins with "/". repeatable: may it be sent again where nobody knows whether it was
        carried out? By default all but POST may. patience: see the class, for this call.
        """
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        return self._send(method, path, query, data, "application/json", repeatable, timeout, patience).json()

    def _send(self, method: str, path: str, query: Optional[Mapping[str, Json]], data: Optional[bytes], media_type: str,
              repeatable: Optional[bool], timeout: float, patience: Optional[float], stubborn: bool = False) -> _Answer:
        again = method != "POST" if repeatable is None else repeatable
        until = time.monotonic() + (patience if patience is not None else self.patience if self._met else 0.0)
        url, pause = _url(path, query), BACKOFF_FIRST
        while True:
            try:
                return self._once(self._wire(), method, url, data, media_type, timeout)
            except DocketError as e:
                if _may_be_done(e) and not again:
                    raise ServerAway(f"{e.detail}; whether '{method} {url}' was carried out is not known", hint=e.hint, sent=True) from e
                passes = _passes(e) or (stubborn and isinstance(e, _Trouble))
                if not passes or time.monotonic() + pause > until:
                    raise
            time.sleep(_jitter(pause))
            pause = min(pause * 2, BACKOFF_MOST)
            self._look_again()

    def _once(self, wire: _Wire, method: str, url: str, data: Optional[bytes], media_type: str, timeout: float) -> _Answer:
        """Once, over this connection. Raises what it was refused with."""
        headers = {"User-Agent": "docket-python", "Accept": "application/json"}
        if self._place.token:
            headers["Authorization"] = "Bearer " + self._place.token
        if data is not None:
            headers["Content-Type"] = media_type
        elif method in ("POST", "PUT"):
            data = b""
        status, answered, answer = wire.ask(method, url, data, headers, timeout)
        if not 200 <= status < 300:
            e = _problem(status, answer, self.url)
            self._met = self._met or not isinstance(e, ServerAway)
            raise e
        self._met = True
        return _Answer(answered, answer)

    def _wire(self) -> _Wire:
        wire: Optional[_Wire] = getattr(self._local, "wire", None)
        if wire is None or wire.place is not self._place:
            wire = self._local.wire = _Wire(self._place)
        return wire

    def _look_again(self) -> None:
        """The server of a data directory may have been started anew elsewhere, or with another key."""
        place = self._place
        there = _announced(place.data) if place.data else None
        if not there or not place.data:
            return
        moved = place.by_data and there["url"].rstrip("/") != place.url
        with contextlib.suppress(OSError, DocketError, ValueError):
            if moved:
                self._place = _Place(there["url"], _read_token(os.path.join(place.data, "token")), None, place.data, True)
            elif place.pin and _pin_of(place.data, place.url) not in (None, place.pin):
                self._place = _Place(place.url, place.token, place.ca_file, place.data, place.by_data)

    # -- what there is

    def queue(self, name: str, owner: Optional[str] = None) -> "Queue":
        """A queue by its name ("NAME", "OWNER/NAME", or both apart). Nothing is asked yet. ValueError: no queue is called so."""
        return Queue(self, name, owner)

    def queues(self) -> Iterator[Dict[str, Json]]:
        """All queues of one's own, by name, as `GET /queues/{queue}` tells them."""
        after: Optional[str] = None
        while True:
            page = self.call("GET", "queues", query={"after": after})
            yield from page["queues"]
            after = page["next"]
            if after is None:
                return

    def task(self, task: int) -> Dict[str, Json]:
        """One task, with its attempts, what it waits for, and why it is not running."""
        answer: Dict[str, Json] = self.call("GET", f"tasks/{int(task)}")
        return answer

    def change_task(self, task: int, **fields: Json) -> Dict[str, Json]:
        """Changes priority, not_before or after of a task that is waiting or pending."""
        answer: Dict[str, Json] = self.call("PATCH", f"tasks/{int(task)}", fields, repeatable=True)
        return answer

    def delete_task(self, task: int, force: bool = False) -> None:
        """Removes a task with everything known of it; force: also a running one."""
        self.call("DELETE", f"tasks/{int(task)}", query={"force": 1 if force else None}, repeatable=False)

    def output(self, task: int, attempt: Optional[int] = None) -> Dict[str, Json]:
        """What it printed: stdout and stderr (the last 64 KiB of each; str, or bytes where it is no text), stdout_size, stderr_size."""
        answer: Dict[str, Json] = self.call("GET", f"tasks/{int(task)}/output", query={"attempt": attempt})
        for stream in ("stdout", "stderr"):
            answer[stream] = _from_wire(answer.get(stream))
        return answer

    def result(self, task: int, attempt: Optional[int] = None) -> Json:
        """What it returned; bytes where it was handed in as such. DocketError output_not_found: nothing."""
        return self._json_or_bytes(f"tasks/{int(task)}/result", {"attempt": attempt})

    def payload(self, task: int) -> Json:
        """What it is to work on; bytes where it was uploaded as such."""
        return self._json_or_bytes(f"tasks/{int(task)}/payload", None)

    def _json_or_bytes(self, path: str, query: Optional[Mapping[str, Json]]) -> Json:
        answer = self._send("GET", path, query, None, "", True, ANSWER_SECONDS, None)
        return answer.json() if "json" in answer.media_type else answer.data

    # -- sites and jobs

    def sites(self) -> List[Dict[str, Json]]:
        """The sites where one may start jobs."""
        answer: List[Dict[str, Json]] = self.call("GET", "sites")["sites"]
        return answer

    def jobs(self, *, site: Optional[str] = None, state: Optional[str] = None, queue: Optional[str] = None) -> Iterator[Dict[str, Json]]:
        """Jobs, the newest first."""
        cursor: Optional[int] = None
        while True:
            page = self.call("GET", "jobs", query={"site": site, "state": state, "queue": queue, "cursor": cursor, "limit": 1000})
            yield from page["jobs"]
            cursor = page["next"]
            if cursor is None:
                return

    def job(self, job: int) -> Dict[str, Json]:
        """One job."""
        answer: Dict[str, Json] = self.call("GET", f"jobs/{int(job)}")
        return answer

    def submit_job(self, site: str, command: str, **more: Json) -> Dict[str, Json]:
        """Starts a command as a job at a site: name, app, env, cores, walltime (seconds), options. DocketError site_refused has the site's words."""
        answer: Dict[str, Json] = self.call("POST", "jobs", {"site": site, "command": command, **more}, repeatable=False, timeout=SITE_SECONDS)
        return answer

    def cancel_job(self, job: int) -> Dict[str, Json]:
        """Ends a job: it is cancelling until its site has confirmed it."""
        answer: Dict[str, Json] = self.call("POST", f"jobs/{int(job)}/cancel", {}, repeatable=True)
        return answer

    def resubmit_job(self, job: int) -> Dict[str, Json]:
        """Starts one that has ended once more; the new job."""
        answer: Dict[str, Json] = self.call("POST", f"jobs/{int(job)}/resubmit", {}, repeatable=False, timeout=SITE_SECONDS)
        return answer

    def job_output(self, job: int, stream: str = "stdout", start: int = 0) -> bytes:
        """What a job has printed (or to "stderr"), from a byte on."""
        if stream not in ("stdout", "stderr"):
            raise ValueError(f"{stream!r} is neither stdout nor stderr")
        return self._send("GET", f"jobs/{int(job)}/{stream}", {"from": start}, None, "", True, SITE_SECONDS, None).data

    def wait_task(self, task: int, timeout: Optional[float] = None) -> Dict[str, Json]:
        """Until the task has ended; the task then. TimeoutError after `timeout` seconds."""
        return _poll(lambda: self.task(task), lambda found: found["state"] in ENDED, timeout, f"task {task} has not ended")

    # -- the end

    def held(self) -> List["Lease"]:
        """The leases that this process holds."""
        return self._keeper.held()

    def give_back(self, timeout: float = GIVE_BACK_SECONDS) -> None:
        """Gives back all that this process holds; nothing is counted. Called by itself when the process ends in order. Never raises."""
        self._keeper.give_back(timeout)

    def close(self) -> None:
        """Gives back what is held, and closes this thread's connection. It may be used again."""
        self.give_back()
        self._wire().close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_clients: "weakref.WeakSet[Client]" = weakref.WeakSet()
_holding: Set[Client] = set()  # those that hold something stay, whoever forgets them


def give_all_back() -> None:
    """What every client of this process holds. Called by itself when the process ends in order."""
    for client in list(_clients):
        client.close()


def _after_fork() -> None:
    _holding.clear()
    for client in list(_clients):
        client._renew_identity(f"{client._named}.{os.getpid()}" if client._named else None)


atexit.register(give_all_back)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _url(path: str, query: Optional[Mapping[str, Json]]) -> str:
    words = urlencode({k: v for k, v in (query or {}).items() if v is not None})
    return (path if path.startswith("/") else "/api/v1/" + path) + ("?" + words if words else "")


def _jitter(seconds: float) -> float:
    """Less or more by chance, so that many do not come back in step."""
    return seconds * random.uniform(0.75, 1.25)


def _poll(look: Callable[[], Dict[str, Json]], good: Callable[[Dict[str, Json]], bool], timeout: Optional[float],
          words: str) -> Dict[str, Json]:
    """Looks until it is good: more and more slowly, at least once a second."""
    until, pause = None if timeout is None else time.monotonic() + timeout, 0.02
    while True:
        found = look()
        if good(found):
            return found
        left = pause if until is None else until - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"{words} after {timeout:g} s")
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, 1.0)


def _from_wire(value: Json) -> Union[str, bytes, None]:
    """Bytes as the protocol has them: text, or base64."""
    if isinstance(value, dict):
        return binascii.a2b_base64(value.get("base64", ""))
    return None if value is None else str(value)


def _to_wire(data: bytes) -> Json:
    if b"\0" not in data:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode()
    return {"base64": base64.b64encode(data).decode()}


# ---- queues

class Added(NamedTuple):
    """Of a bulk add: lines taken so far, the tasks added by them, and those whose key was there already."""
    lines: int
    added: int
    existed: int


class Queue:
    """One queue of a client; made by Client.queue. Methods ask the server; names and meanings are the protocol's."""

    def __init__(self, client: Client, name: str, owner: Optional[str] = None):
        if owner is None and "/" in name:
            owner, name = name.split("/", 1)
        check_queue_name(name)
        if owner is not None and (not owner or "/" in owner or len(owner.encode()) > 64):
            raise ValueError(f"'{owner}' is no name of a user")
        self.client, self.name, self.owner = client, name, owner
        own = f"queues/{quote(name, safe='')}"
        self.path = own if owner is None else f"users/{quote(owner, safe='')}/{own}"

    def __repr__(self) -> str:
        return f"<docket.Queue {self.owner + '/' if self.owner else ''}{self.name} at {self.client.url}>"

    # -- the queue itself

    def create(self, **policy: Json) -> Dict[str, Json]:
        """Makes the queue, or changes its policy (lease_seconds, max_attempts, …; what is not named stays). The queue as it is then."""
        answer: Dict[str, Json] = self.client.call("PUT", self.path, policy)
        return answer

    change = create

    def get(self) -> Dict[str, Json]:
        """The queue with its counts by state, policy, rate and estimate. DocketError queue_not_found."""
        answer: Dict[str, Json] = self.client.call("GET", self.path)
        return answer

    def delete(self, force: bool = False) -> None:
        """Removes it with all of its tasks; while tasks run only with force (else DocketError queue_running)."""
        self.client.call("DELETE", self.path, query={"force": 1 if force else None}, repeatable=False)

    def pause(self) -> Dict[str, Json]:
        """Hands out nothing from now on; what runs goes on."""
        answer: Dict[str, Json] = self.client.call("POST", self.path + "/pause", {}, repeatable=True)
        return answer

    def resume(self) -> Dict[str, Json]:
        """Hands out tasks again."""
        answer: Dict[str, Json] = self.client.call("POST", self.path + "/resume", {}, repeatable=True)
        return answer

    def launch(self, site: str, workers: int = 1, **more: Json) -> Dict[str, Json]:
        """Starts a batch job whose workers work on the queue: cores_per_worker, walltime (seconds), partition, nodes, account, script, env,
        keep_env, options. The job; with dry_run=True {"script"}. DocketError site_refused has the site's words."""
        answer: Dict[str, Json] = self.client.call("POST", self.path + "/launch", {"site": site, "workers": workers, **more}, repeatable=False,
                                                   timeout=SITE_SECONDS)
        return answer

    def retry(self, ids: Optional[Sequence[int]] = None, *, killed: bool = False, priority: Optional[int] = None, **which: Json) -> Optional[int]:
        """Failed tasks become pending; with killed those whose workers died, too. ids (at most 1,000), or a filter: state, exitcode, worker,
        older_than_seconds; neither: all it applies to. How many did; None where they were so many that the server worked them off in slices:
        that is waited for."""
        return self._event("retry", ids, which, killed=killed or None, priority=priority)

    def rerun(self, ids: Optional[Sequence[int]] = None, *, priority: Optional[int] = None, **which: Json) -> Optional[int]:
        """Tasks that ended, however, become pending."""
        return self._event("rerun", ids, which, priority=priority)

    def revive(self, ids: Optional[Sequence[int]] = None, *, priority: Optional[int] = None, **which: Json) -> Optional[int]:
        """Killed tasks become pending, cancelled ones too."""
        return self._event("revive", ids, which, priority=priority)

    def recover(self, ids: Optional[Sequence[int]] = None, *, dead: bool = False, **which: Json) -> Optional[int]:
        """Running tasks become pending, nothing is counted; with dead only those whose leases are over."""
        return self._event("recover", ids, which, dead=dead or None)

    def cancel(self, ids: Optional[Sequence[int]] = None, **which: Json) -> Optional[int]:
        """Unfinished tasks become killed; who runs them is told when he renews."""
        return self._event("cancel", ids, which)

    def _event(self, event: str, ids: Optional[Sequence[int]], which: Mapping[str, Json], **how: Json) -> Optional[int]:
        body = {name: value for name, value in {**which, **how}.items() if value is not None}
        if ids is not None:
            body["ids"] = [int(i) for i in ids]
        again = event != "rerun"  # tasks that have ended in between would be run a third time
        answer = self.client.call("POST", f"{self.path}/{event}", body, repeatable=again)
        if "operation" in answer:
            _poll(self.get, lambda queue: all(o["id"] != answer["operation"] for o in queue["operations"]), None, "")
            return None
        return int(answer["changed"])

    def wait(self, timeout: Optional[float] = None) -> Dict[str, Json]:
        """Until nothing of it is pending, running or able to become so; the queue then. TimeoutError after `timeout` seconds."""
        return _poll(self.get, lambda queue: bool(queue["drained"]), timeout, f"the queue '{self.name}' is not done")

    # -- its tasks

    def add(self, task: NewTask, **fields: Json) -> int:
        """Adds one task: a command, which runs in the current directory unless cwd says another; or the fields of a task. Its id.

        With a key it may be repeated, and is repeated over a restart of the server; without one a lost answer is a ServerAway.
        """
        sent = {**as_task(task), **fields}
        answer = self.client.call("POST", self.path + "/tasks", sent, repeatable="key" in sent)
        return int(answer["ids"][0])

    def add_many(self, tasks: Iterable[NewTask], *, upload: Optional[str] = None, patience: Optional[float] = None) -> "Added":
        """Adds any number of tasks, as they come; at most a block of them is in memory, and each is added once whatever is cut.

        upload: a name for it. Who calls again with the same name and the same tasks goes on where it was. An exception of `tasks` is passed
        on once those before it are added. DocketError bad_line: a task is refused, those before it are added; body["error"]["line"] is its
        number, from 1.
        """
        return _Upload(self, upload, patience).run(tasks)

    def tasks(self, *, state: Optional[str] = None, exitcode: Optional[int] = None, worker: Optional[str] = None,
              text: Optional[str] = None) -> Iterator[Dict[str, Json]]:
        """Its tasks in the order of ids, a page at a time, those that a filter meets."""
        query = {"state": state, "exitcode": exitcode, "worker": worker, "text": text, "limit": PAGE}
        return self._pages("tasks", query)

    def results(self, *, state: Optional[str] = None) -> Iterator[Dict[str, Json]]:
        """What tasks that ended printed and returned, in the order of ids: stdout and stderr as str or bytes."""
        for row in self._pages("results", {"state": state, "limit": PAGE}):
            row["stdout"], row["stderr"] = _from_wire(row.get("stdout")), _from_wire(row.get("stderr"))
            yield row

    def _pages(self, what: str, query: Mapping[str, Json]) -> Iterator[Dict[str, Json]]:
        cursor: Json = None
        while True:
            page = self.client.call("GET", f"{self.path}/{what}", query={**query, "cursor": cursor})
            yield from page[what]
            cursor = page["next"]
            if cursor is None:
                return

    # -- working on them

    def take(self, wait: float = 0.0, lease_seconds: Optional[float] = None) -> Optional["Lease"]:
        """The next task, or None where none has come within `wait` seconds."""
        leases = self.claim(1, wait, lease_seconds)
        return leases[0] if leases else None

    def claim(self, max: int = 1, wait: float = 0.0, lease_seconds: Optional[float] = None) -> List["Lease"]:
        """At most `max` tasks, as soon as there is one; [] after `wait` seconds. lease_seconds: else the queue's. They renew themselves.

        Where an answer was lost, the same claim is made again, in this call or the next, and answers the same leases.
        """
        until = time.monotonic() + wait
        while True:
            left = until - time.monotonic()
            leases = self._claim_once(max, min(left if left > 0 else 0.0, WAIT_MOST), lease_seconds)
            if leases or time.monotonic() >= until:
                return leases

    def _claim_once(self, most: int, wait: float, lease_seconds: Optional[float]) -> List["Lease"]:
        client = self.client
        seconds = lease_seconds if lease_seconds is not None else client._keeper.length_of(self)
        nonce = client._keeper.ask(self)
        body = {"worker": client.worker, "max": most, "wait": round(wait, 3), "nonce": nonce, "begin": most, "lease_seconds": seconds}
        sent_at = time.monotonic()
        try:
            answer = client.call("POST", self.path + "/claim", body, repeatable=True, timeout=wait + ANSWER_SECONDS)
        except DocketError as e:
            if not _may_be_done(e):
                client._keeper.answered(self, [])
            raise
        now = time.monotonic()
        since = now if now - sent_at <= wait + 1 else sent_at  # when it was sent again, they may have been given long ago
        leases = [Lease(self, task, client.worker, seconds, since) for task in answer["tasks"]]
        client._keeper.answered(self, leases)
        return leases


def check_queue_name(name: str) -> None:
    """ValueError where no queue may be called so: 1 to 128 bytes of UTF-8 without '/' and control characters, not "." or ".."."""
    try:
        n = len(name.encode()) if isinstance(name, str) else 0
    except UnicodeEncodeError:
        n = 0
    if not 0 < n <= 128 or "/" in name or name in (".", "..") or any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in name):
        raise ValueError(f"{name!r} is no queue: a name has 1 to 128 bytes, no '/' and no control characters")


def as_task(task: NewTask) -> Dict[str, Json]:
    """The fields of a task: a string is a command, which runs where we are."""
    if isinstance(task, str):
        return {"command": task, "cwd": os.getcwd()}
    if isinstance(task, Mapping):
        return dict(task)
    raise TypeError(f"a task is a command (str) or its fields (dict), not {type(task).__name__}")


class _Upload:
    """A bulk add: blocks of lines under one name. The server takes each line once, so a block may be sent again whenever its fate is not
    known; and only that block has to be kept."""

    def __init__(self, queue: Queue, name: Optional[str], patience: Optional[float]):
        self.queue, self.patience = queue, patience
        self.path = f"{queue.path}/uploads/{quote(name or 'python-' + uuid.uuid4().hex, safe='')}"
        self.sums = self._taken() if name else Added(0, 0, 0)
        self.lines: List[bytes] = []
        self.bytes = 0
        self.since = 0.0

    def run(self, tasks: Iterable[NewTask]) -> "Added":
        try:
            for task in itertools.islice(tasks, self.sums.lines, None):
                self._add(json.dumps(as_task(task), allow_nan=False).encode() + b"\n")
        except DocketError:
            raise
        except Exception:
            self._flush()
            raise
        self._flush()
        return self.sums

    def _taken(self) -> "Added":
        try:
            return _sums(self.queue.client.call("GET", self.path))
        except DocketError as e:
            if e.code not in ("upload_not_found", "queue_not_found"):
                raise
            return Added(0, 0, 0)

    def _add(self, line: bytes) -> None:
        if not self.lines:
            self.since = time.monotonic()
        self.lines.append(line)
        self.bytes += len(line)
        if self.bytes >= BLOCK_BYTES or time.monotonic() - self.since >= BLOCK_SECONDS:
            self._flush()

    def _flush(self) -> None:
        if not self.lines:
            return
        block, self.lines, self.bytes = b"".join(self.lines), [], 0
        answer = self.queue.client._send("PUT", self.path, {"from": self.sums.lines + 1}, block, "application/x-ndjson", True,
                                         ANSWER_SECONDS, self.patience)
        self.sums = _sums(answer.json())


def _sums(answer: Dict[str, Json]) -> "Added":
    return Added(int(answer["lines"]), int(answer["added"]), int(answer["existed"]))


# ---- leases

class Lease:
    """The right to finish one task. As a context manager: left by an exception, the task failed with it; left without a result, it
    is given back, uncounted.

    id: the task. lease, attempt (from 1), command or payload, cwd, env, time_limit: as the task has them, None where it has none.
    """

    def __init__(self, queue: Queue, task: Dict[str, Json], worker: str, seconds: float, since: float):
        self.queue, self.worker, self.seconds = queue, worker, seconds
        self.id, self.lease, self.attempt = int(task["id"]), int(task["lease"]), int(task.get("attempt") or 1)
        self.command: Optional[str] = task.get("command")
        self.cwd: Optional[str] = task.get("cwd")
        self.env: Dict[str, str] = task.get("env") or {}
        self.time_limit: Optional[float] = task.get("time_limit")
        self.outcome: Optional[str] = None  # what became of it, once that is known: accepted, stale, released, cancelled, lost, …
        self._task, self._pid = task, os.getpid()
        self._sure_until = since + seconds
        self._due = since + seconds / 3
        self._pause = BACKOFF_FIRST

    def __repr__(self) -> str:
        return f"<docket.Lease {self.lease} of task {self.id} in {self.queue.name}: {self.outcome or 'open'}>"

    @property
    def payload(self) -> Json:
        """What the task is to work on; a large one is fetched on first use."""
        if "payload" not in self._task and "payload_size" in self._task:
            self._task["payload"] = self.queue.client.payload(self.id)
        return self._task.get("payload")

    @property
    def is_open(self) -> bool:
        """As far as we know: nothing became of it yet."""
        return self.outcome is None

    @property
    def cancelled(self) -> bool:
        """Somebody cancelled the task: what is done for it is in vain. Known after a third of the lease at the latest."""
        return self.outcome == "cancelled"

    @property
    def lost(self) -> bool:
        """It is not ours any more: it ran out, or the task was taken back."""
        return self.outcome == "lost"

    def finish(self, exitcode: int = 0, *, result: Json = None, message: Optional[str] = None,
               output: Union[str, bytes, Mapping[str, Union[str, bytes]], None] = None, patience: Optional[float] = None) -> str:
        """Hands in how it went: succeeded with exit code 0, failed with another. Stored when this returns.

        result: what it returned, any JSON. message: one short text. output: what it printed (stdout, or {"stdout", "stderr"}).
        Answers the outcome: "accepted"; "repeated", it was handed in before; "stale", the lease had ended otherwise (the result is kept
        beside the attempt); "unknown". A server that is away is asked again for as long as the result may still be taken, an hour at least, or
        `patience` seconds: then ServerAway, and the lease is held on to, so that it can be finished again.
        """
        row: Dict[str, Json] = {"lease": self.lease, "exitcode": int(exitcode)}
        if message is not None:
            row["message"] = _cut(message, MESSAGE_BYTES)
        if output is not None:
            row["output"] = _output(output)
        if result is not None and not self._put_large(result, patience):
            row["result"] = result
        body = json.dumps({"worker": self.worker, "results": [row]}, allow_nan=False).encode()
        try:
            return self._close(str(self._stubborn("POST", "/finish", body, patience)["results"][0]["outcome"]))
        except DocketError as e:
            if e.code != "queue_not_found":
                raise
            return self._close("unknown")

    def fail(self, message: str, exitcode: int = 1, **more: Json) -> str:
        """finish with an exit code that is not 0."""
        return self.finish(exitcode, message=message, **more)

    def release(self) -> str:
        """Gives it back, uncounted: "released", or "lost" where it was not ours any more."""
        body = json.dumps({"worker": self.worker, "leases": [self.lease]}).encode()
        try:
            return self._close(str(self._stubborn("POST", "/release", body, None)["leases"][0]["outcome"]))
        except DocketError as e:
            if e.code != "queue_not_found":
                raise
            return self._close("lost")

    def put(self, part: str, data: bytes, patience: Optional[float] = None) -> None:
        """A result, stdout or stderr as bytes, up to 64 MiB; then finish says the rest."""
        path = f"{self.queue.path}/leases/{self.lease}/{part}"
        self.queue.client._send("PUT", path, {"worker": self.worker, "from": 0}, data, "application/octet-stream", True, ANSWER_SECONDS,
                                self._patience(patience), True)

    def _put_large(self, result: Json, patience: Optional[float]) -> bool:
        data = json.dumps(result, allow_nan=False).encode()
        if len(data) > INLINE_BYTES:
            self.put("result", data, patience)
        return len(data) > INLINE_BYTES

    def _patience(self, patience: Optional[float]) -> float:
        """A server that is away does not end leases, and gives each its whole time again when it starts."""
        return patience if patience is not None else max(self._sure_until - time.monotonic(), self.seconds, OUTAGE_SECONDS)

    def _stubborn(self, method: str, tail: str, body: bytes, patience: Optional[float]) -> Json:
        return self.queue.client._send(method, self.queue.path + tail, None, body, "application/json", True, ANSWER_SECONDS,
                                       self._patience(patience), True).json()

    def _close(self, outcome: str) -> str:
        self.outcome = outcome
        self.queue.client._keeper.drop(self)
        return outcome

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, kind: Optional[type], error: Optional[BaseException], trace: Any) -> None:
        if not self.is_open or self._pid != os.getpid():  # a child that was forked in here holds nothing
            return
        if isinstance(error, Exception):
            words = "".join(traceback.format_exception(type(error), error, trace))
            self.fail(traceback.format_exception_only(type(error), error)[-1].strip(), output={"stdout": "", "stderr": words})
        else:
            self.release()


def _cut(text: str, most: int) -> str:
    """At most so many bytes of it, and nothing that JSON's text cannot be here."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace")[:most].decode("utf-8", "ignore")


def _output(output: Union[str, bytes, Mapping[str, Union[str, bytes]]]) -> Dict[str, Json]:
    streams = output if isinstance(output, Mapping) else {"stdout": output}
    said: Dict[str, Json] = {}
    for name, text in streams.items():
        data = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else bytes(text)
        said[name], said[name + "_size"] = _to_wire(_tail(data, len(data))), len(data)
    return said


def _tail(data: bytes, total: int) -> bytes:
    """The last OUTPUT_BYTES, not beginning in the middle of a character."""
    data = data[-OUTPUT_BYTES:]
    for _ in range(3):
        if total > len(data) > 0 and data[0] & 0xC0 == 0x80:
            data = data[1:]
    return data


class _Keeper:
    """Renews what a client holds, each lease a third of its length after it was given, in a thread that is started with the first.

    held and asks are changed under the lock. give_back takes no lock, for it may be called by a signal's handler in the middle of anything.
    """

    def __init__(self, client: Client):
        self._client = weakref.ref(client)
        self._held: Dict[int, Lease] = {}
        self._asks: Dict[Tuple[str, str], str] = {}      # (queue, worker): the nonce of a claim that was not answered yet
        self._lengths: Dict[str, Tuple[float, float]] = {}  # the leases of a queue, and when that was read
        self._wake = threading.Condition()
        self._thread: Optional[threading.Thread] = None

    def held(self) -> List["Lease"]:
        return list(self._held.values())

    def length_of(self, queue: Queue) -> float:
        """How long the queue's leases are; looked at each minute."""
        known = self._lengths.get(queue.path)
        if not known or time.monotonic() - known[1] > 60:
            known = self._lengths[queue.path] = (float(queue.get()["lease_seconds"]), time.monotonic())
        return known[0]

    def ask(self, queue: Queue) -> str:
        """The nonce of this thread's claim: that of the last one, if it was never answered."""
        _holding.add(queue.client)
        return self._asks.setdefault((queue.path, queue.client.worker), uuid.uuid4().hex)

    def answered(self, queue: Queue, leases: Sequence[Lease]) -> None:
        with self._wake:
            self._held.update((lease.lease, lease) for lease in leases)
            self._asks.pop((queue.path, queue.client.worker), None)
            if leases and not self._thread:
                self._thread = threading.Thread(target=_keep, args=(weakref.ref(self),), name="docket-leases", daemon=True)
                self._thread.start()
            elif leases:
                self._wake.notify()
        self._let_go(queue.client)

    def drop(self, lease: Lease) -> None:
        self._held.pop(lease.lease, None)
        self._let_go(lease.queue.client)

    def _let_go(self, client: Client) -> None:
        if not self._held and not self._asks:
            _holding.discard(client)

    def turn(self) -> None:
        """Waits until something is due, or comes; renews what is."""
        with self._wake:
            now = time.monotonic()
            first = min((lease._due for lease in self.held()), default=now + IDLE_SECONDS)
            if first > now:
                self._wake.wait(min(first - now, IDLE_SECONDS))
            now = time.monotonic()
            due = [lease for lease in self.held() if lease._due <= now]
        for group in _groups(due):
            self._renew(group)

    def _renew(self, leases: List[Lease]) -> None:
        queue, worker, seconds = leases[0].queue, leases[0].worker, leases[0].seconds
        body = {"worker": worker, "leases": [lease.lease for lease in leases], "lease_seconds": seconds}
        sent_at = time.monotonic()
        try:
            answer = queue.client.call("POST", queue.path + "/renew", body, repeatable=True, timeout=min(seconds / 3, 10.0), patience=0.0)
        except DocketError as e:
            for lease in leases:  # later; not so late that a lease which a restart has lengthened runs out
                lease._due = time.monotonic() + _jitter(min(lease._pause, seconds / 4))
                lease._pause = min(lease._pause * 2, BACKOFF_MOST if _passes(e) else seconds / 3)
            return
        self._take(answer["leases"], sent_at)

    def _take(self, rows: Sequence[Dict[str, Json]], sent_at: float) -> None:
        with self._wake:
            for row in rows:
                lease = self._held.get(row["lease"])
                if not lease:  # finished meanwhile
                    continue
                if row["outcome"] in ("cancelled", "lost"):
                    lease.outcome = row["outcome"]
                    self.drop(lease)
                else:
                    lease._sure_until, lease._due = sent_at + lease.seconds, sent_at + lease.seconds / 3
                    lease._pause = BACKOFF_FIRST

    def give_back(self, timeout: float) -> None:
        if not self._held and not self._asks:
            return
        helper = threading.Thread(target=self._give_back, args=(timeout,), daemon=True)
        helper.start()  # another thread has a connection of its own: ours may be in the middle of something
        helper.join(timeout)

    def _give_back(self, timeout: float) -> None:
        client = self._client()
        if not client:
            return
        while self._release_held(client, timeout) or any([self._sweep(client, *ask, timeout) for ask in list(self._asks)]):
            pass  # what went back may have been handed to another claim of ours that waits
        self._asks.clear()
        self._let_go(client)

    def _release_held(self, client: Client, timeout: float) -> bool:
        """Was there any?"""
        groups = _groups(self.held())
        for group in groups:
            self._release(client, group[0].queue.path, group[0].worker, [lease.lease for lease in group], timeout)
            for lease in group:
                lease.outcome = "released"
                self.drop(lease)
        return bool(groups)

    def _sweep(self, client: Client, path: str, worker: str, timeout: float) -> bool:
        """What a claim has been handed whose answer nobody will read. Was there any?"""
        rows: List[Dict[str, Json]] = []
        with contextlib.suppress(DocketError):
            rows = client.call("GET", path + "/leases", query={"worker": worker}, timeout=timeout, patience=timeout / 2)["leases"]
        if rows:
            self._release(client, path, worker, [row["lease"] for row in rows], timeout)
        return bool(rows)

    @staticmethod
    def _release(client: Client, path: str, worker: str, leases: List[int], timeout: float) -> None:
        with contextlib.suppress(DocketError):  # else they end with their time
            client.call("POST", path + "/release", {"worker": worker, "leases": leases}, repeatable=True, timeout=timeout, patience=timeout / 2)


def _keep(of: "weakref.ref[_Keeper]") -> None:
    """The thread: as long as there is a keeper."""
    while True:
        keeper = of()
        if keeper is None:
            return
        try:
            keeper.turn()
        except Exception as e:  # a thread that ended in silence would lose every lease
            print(f"docket: leases could not be renewed: {e!r}", file=sys.stderr)
            time.sleep(1)
        del keeper


def _groups(leases: Sequence[Lease]) -> List[List[Lease]]:
    """What can go into one request."""
    found: Dict[Tuple[str, str, float], List[Lease]] = {}
    for lease in leases:
        found.setdefault((lease.queue.path, lease.worker, lease.seconds), []).append(lease)
    return [group[i:i + LEASES_MOST] for group in found.values() for i in range(0, len(group), LEASES_MOST)]


# ---- the worker: as the program's own (src/cli/worker*.c), for /bin/sh on Linux

KILL_SECONDS = 5.0        # from TERM to KILL
STOP_SECONDS = 5.0        # how long a stop waits for an absent server to take back leases
LIFE_LEAD_SECONDS = 10.0  # how long before its time is over a worker stops
LIFE_LEAD_LEAST = 0.5    # … at least: with less than that nothing is claimed
LIFE_LAST_SECONDS = 1.0   # before the end of a job: what no server has taken is given up
RESERVE_LEAST, RESERVE_MOST = 10.0, 3600.0
AWAY_SECONDS = 60.0       # at rest, without a server: how long to go on, at least
LOOK_SECONDS = 2.0        # idle timeout 0, tasks that wait for their time: how often to look
REPORT_BYTES = 900 * 1024
LAST_LINE_BYTES = 200
EXIT_TIME_LIMIT, EXIT_NOT_BEGUN = 124, 125

SECRET = ("DOCKET_TOKEN", "DOCKET_TOKEN_FILE")  # never seen by a command
SAID = ("DOCKET_TASK", "QDO_TASK", "QDO_TASKID", "DOCKET_QUEUE", "QDO_QUEUE", "DOCKET_ATTEMPT", "QDO_ATTEMPT", "DOCKET_SERVER", "QDO_SERVER")
CARRIED = {"DOCKET_ENTRY": "QDO_ENTRY", "DOCKET_INDEX": "QDO_INDEX"}  # what tasks of arrays and files carry in their own env; the twin is ours


def _safe(text: str) -> str:
    """For a terminal, and as a message: nothing in it acts."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _say(words: str) -> None:
    print("docket: " + _safe(words), file=sys.stderr, flush=True)


def _signal_name(number: int) -> str:
    if sys.version_info >= (3, 8):
        return signal.strsignal(number) or "?"
    return signal.Signals(number).name if number in set(signal.Signals) else "?"


class _Stream:
    """What a command writes to one of its streams: the last of it, how much there was, and all of it in a log where that is wanted."""

    def __init__(self, log: Optional[int]):
        self.log = log
        try:
            self.fd, self.write_fd = os.pipe()
        except OSError:
            self._close_log()
            raise
        os.set_blocking(self.fd, False)  # this end only: the command's own end blocks as it expects
        self.tail = bytearray()
        self.total = 0
        self.trouble: Optional[OSError] = None

    def read(self, most: int = 64 * 1024) -> bool:
        """False: there is nothing now, or nothing will come any more."""
        try:
            data = os.read(self.fd, most)
        except BlockingIOError:
            return False
        self.total += len(data)
        self.tail += data
        if len(self.tail) > 2 * OUTPUT_BYTES:
            del self.tail[:-OUTPUT_BYTES]
        self._write_log(data)
        return bool(data)

    def _write_log(self, data: bytes) -> None:
        while self.log is not None and data:
            try:
                data = data[os.write(self.log, data):]
            except OSError as e:  # the command and its result do not suffer from it
                self.trouble = e
                self._close_log()

    def _close_log(self) -> None:
        if self.log is not None:
            os.close(self.log)
        self.log = None

    def end(self) -> None:
        """Takes what is there at this moment: a process that was left behind cannot keep the task from ending."""
        import fcntl
        import termios
        held = int.from_bytes(fcntl.ioctl(self.fd, termios.FIONREAD, b"\0" * 4), sys.byteorder)
        until = self.total + held
        while self.total < until and self.read(min(until - self.total, 64 * 1024)):
            pass
        os.close(self.fd)
        self._close_log()

    def last_line(self) -> str:
        lines = bytes(self.tail[-4096:]).rstrip(b" \t\r\n\0").replace(b"\r", b"\n").rsplit(b"\n", 1)
        text = _safe(lines[-1].strip(b" \t\0").decode("utf-8", "backslashreplace"))
        return text.encode()[:LAST_LINE_BYTES].decode("utf-8", "ignore")

    def as_json(self) -> Json:
        return _to_wire(_tail(bytes(self.tail), self.total))


class _Hold:
    """A task the worker holds, from its lease to the acknowledgement of its outcome."""

    def __init__(self, task: Dict[str, Json], sure_until: float, told: bool):
        self.task: int = task["id"]
        self.lease: int = task["lease"]
        self.attempt: int = task.get("attempt") or 1
        self.command: Optional[str] = task.get("command")
        self.cwd: Optional[str] = task.get("cwd")
        self.env: Dict[str, str] = {k: v for k, v in (task.get("env") or {}).items() if isinstance(v, str)}
        self.time_limit: Optional[float] = task.get("time_limit")
        self.sure_until, self.told = sure_until, told
        self.process: Optional[subprocess.Popen[bytes]] = None
        self.began = 0.0
        self.out: Optional[_Stream] = None
        self.err: Optional[_Stream] = None
        self.deadline: Optional[float] = None  # its time limit; then the time for KILL
        self.why = ""                          # it was told to end: limit, cancelled, lost, stopped
        self.exitcode = 0
        self.result = b""                      # as JSON, for finish

    def signal(self, number: int) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def end(self, why: str) -> None:
        """TERM now, KILL a little later; what was said first counts."""
        if self.why or not self.process:
            return
        self.why, self.deadline = why, time.monotonic() + KILL_SECONDS
        self.signal(signal.SIGTERM)

    def ended(self, exitcode: int, message: str) -> None:
        """Its outcome, as it will be handed in."""
        self.exitcode = exitcode
        output: Dict[str, Json] = {}
        for name, stream in (("stdout", self.out), ("stderr", self.err)):
            output[name], output[name + "_size"] = (stream.as_json(), stream.total) if stream else ("", 0)
        row = {"lease": self.lease, "exitcode": exitcode, "message": _cut(message, MESSAGE_BYTES), "output": output}
        self.result = json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")

    def words(self, code: int) -> str:
        """What happened to the command where that is not its own doing, else the last line it wrote to stderr."""
        if self.why == "limit":
            return f"ran longer than its time limit of {self.time_limit:g} s"
        if self.why in ("cancelled", "lost"):
            return "stopped because " + ("its lease was lost" if self.why == "lost" else "it was cancelled")
        if code < 0:
            return f"killed by signal {-code} ({_signal_name(-code)})"
        return self.err.last_line() if self.err else ""


class _Nanny:
    """A process that outlives the worker by a moment: it is told each group of processes, and ends those that are left when the worker is
    gone, however it went."""

    def __init__(self) -> None:
        read, self._pipe = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                os.close(self._pipe)
                self._watch(read)
            finally:
                os._exit(0)
        os.close(read)

    def _watch(self, pipe: int) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with open(os.devnull, "r+b") as nothing:
            for fd in (0, 1, 2):
                os.dup2(nothing.fileno(), fd)
        groups: Set[int] = set()
        with open(pipe, encoding="ascii") as lines:
            for line in lines:
                (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
        for number in (signal.SIGTERM, signal.SIGKILL):
            for group in groups:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, number)
            time.sleep(0.3 if groups else 0)

    def tell(self, sign: str, group: int) -> None:
        with contextlib.suppress(OSError):  # killed by somebody: then commands outlive a worker that is killed, too
            os.write(self._pipe, f"{sign}{group}\n".encode())

    def end(self) -> None:
        os.close(self._pipe)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


class Worker:
    """Runs the commands of a queue, `jobs` at once, until it is stopped or one of its limits is met. Linux only; run() belongs to the main thread.

    The main thread owns the commands: it begins them, reads what they write, ends them. Three others talk to the server (claim, hand in and
    give back, renew), share what is held with it under one lock, and wake it through a pipe.

    life: it stops 10 s before it is so old, and begins nothing more once less than `reserve` of it is left: as long as the longest command
    so far unless given, 10 s at least and an hour at most. in_job: its life is that of the batch job it is in; until then it goes on trying a
    server that is away.
    """

    def __init__(self, queue: Queue, jobs: int = 1, *, batch: int = 0, idle_timeout: Optional[float] = None, life: Optional[float] = None,
                 logs: Optional[str] = None, name: Optional[str] = None, quiet: bool = False, reserve: Optional[float] = None,
                 in_job: bool = False, script: Optional[str] = None):
        self.reserve, self.in_job, self.script = reserve, in_job, script
        self.longest = 0.0                    # of the commands so far
        self.ends_at: Optional[float] = None
        self.queue, self.client, self.jobs, self.batch = queue, queue.client, jobs, batch
        self.idle_timeout, self.life, self.logs, self.quiet = idle_timeout, life, logs, quiet
        self.name = name or self.client.worker
        self.lock = threading.Condition(threading.RLock())
        self.ahead: Deque[_Hold] = collections.deque()
        self.running: Dict[int, _Hold] = {}   # by process
        self.ended: Deque[_Hold] = collections.deque()
        self.leaving: List[_Hold] = []
        self.nonce: Optional[str] = None      # of a claim that was not answered yet
        self.asking = False                   # it is on its way
        self.claim_wire: Optional[_Wire] = None
        self.recalled = False
        self.signals = 0
        self.stopping = self.over = self.impatient = self.closing = False
        self.error: Optional[DocketError] = None  # why it ends before its time
        self.refused = False                  # by the server: nothing more is sent
        self.away_since: Optional[float] = None
        self.idle_since: Optional[float] = None
        self.done = self.failed = 0
        self.disk_trouble = False

    # -- life

    def run(self) -> None:
        """Until it has ended and handed in everything. Raises why it ended before its time (DocketError)."""
        self.seconds = float(self.queue.get()["lease_seconds"])
        if self.logs:
            os.makedirs(self.logs, exist_ok=True)
        self.base_env = _base_env()
        _adopt_orphans()
        self.nanny = _Nanny()
        self.selector = selectors.DefaultSelector()
        self.wake_read, self.wake_write = os.pipe()
        for fd in (self.wake_read, self.wake_write):
            os.set_blocking(fd, False)
        self.selector.register(self.wake_read, selectors.EVENT_READ)
        self.ends_at = time.monotonic() + self.life if self.life else None
        self._watch_life()  # before anything is claimed
        before = self._take_signals()
        threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True) for work in (self._claims, self._reports, self._renewals)]
        try:
            for thread in threads:
                thread.start()
            self._turns()
        finally:
            self.nanny.end()
            self._leave_signals(before)
        if self.error:
            raise self.error

    def _take_signals(self) -> List[Tuple[int, Any]]:
        before: List[Tuple[int, Any]] = [(number, signal.signal(number, self._on_signal)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
        before.append((signal.SIGCHLD, signal.signal(signal.SIGCHLD, lambda *_: None)))
        if sys.version_info >= (3, 7):
            signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        else:
            signal.set_wakeup_fd(self.wake_write)
        return before

    def _leave_signals(self, before: Iterable[Tuple[int, Any]]) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in before:
            signal.signal(number, handler)

    def _on_signal(self, *_: object) -> None:
        self.signals += 1

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as e:  # ours: the worker ends rather than going on with a limb missing
            traceback.print_exc()
            self._fail(DocketError(f"the worker failed: {e!r}", code="internal"))

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self.wake_write, b"!")

    def _turns(self) -> None:
        heard = 0
        while not self._is_over():
            self._wait()
            while heard < self.signals:
                heard += 1
                self._stop(heard)
            self._watch_life()
            self._reap()
            self._watch_clock()
            self._begin_all()

    def _life_steps(self, life: float) -> Tuple[float, float, float]:
        """How much of it is left when nothing more is begun, when what runs is told to end, and when the rest is given up."""
        reserve = min(max(self.longest, RESERVE_LEAST), RESERVE_MOST, life / 2) if self.reserve is None else self.reserve
        lead = max(min(LIFE_LEAD_SECONDS, life / 2), LIFE_LEAD_LEAST)  # one that is as good as over is so before anything is claimed
        return reserve, lead, min(LIFE_LAST_SECONDS, life / 4)

    def _watch_life(self) -> None:
        if not self.life or not self.ends_at:
            return
        close, stop, last = self._life_steps(self.life)
        left = self.ends_at - time.monotonic()
        if not self.stopping and left <= stop:
            self._stop(1)
        elif not self.stopping and not self.closing and left <= close:
            self._close_down(left)
        if self.stopping and self.in_job and not self.refused and left <= last and not self._at_rest():
            self._fail(DocketError(f"the walltime is over, and the server at {self.client.url} has not taken everything", code="time_over"))

    def _life_next(self) -> Optional[float]:
        """When that is to be looked at again."""
        if not self.life or not self.ends_at or self.refused:
            return None
        close, stop, last = self._life_steps(self.life)
        if self.stopping:
            return self.ends_at - last if self.in_job else None
        return self.ends_at - (stop if self.closing else max(close, stop))

    def _close_down(self, left: float) -> None:
        """Nothing more is begun; what runs goes on."""
        _say(f"{left:.0f} s left: taking no more tasks")
        with self.lock:
            self.closing = True
            self._leave(self.ahead)
            self._recall()
            self.lock.notify_all()

    def _wait(self) -> None:
        deadlines = [hold.deadline for hold in self.running.values() if hold.deadline]
        deadlines += [at for at in (self._life_next(), self._patience_over()) if at]
        left = min(deadlines) - time.monotonic() if deadlines else None
        for key, _ in self.selector.select(None if left is None else max(left, 0)):
            if key.fd == self.wake_read:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wake_read, 4096)
            elif not key.data.read():
                self.selector.unregister(key.fd)

    def _is_over(self) -> bool:
        with self.lock:
            at_rest = self._at_rest()
            if self.signals > 2:
                return True
            if self.refused:
                return not self.running
            if self.stopping and self.impatient and self.away_since:  # leases end by themselves; outcomes do not
                self.leaving.clear()
                self.nonce = None
                at_rest = self._at_rest()
            return at_rest and (self.over or ((self.stopping or self.closing) and self.nonce is None))

    def _at_rest(self) -> bool:
        return not (self.running or self.ahead or self.ended or self.leaving)

    def _patience_over(self) -> Optional[float]:
        return self.stopped_at + STOP_SECONDS if self.stopping and not self.impatient else None

    def _stop(self, times: int) -> None:
        """What has not begun is given back, what runs gets TERM; asked again: KILL, and no more waiting for an absent server."""
        with self.lock:
            if times > 1 or self.stopping:
                self.impatient = True
                for hold in self.running.values():
                    hold.signal(signal.SIGKILL)
            else:
                if not self.quiet:
                    _say("stopping: giving back what has not begun, ending what runs (again: at once)")
                self.stopping, self.stopped_at = True, time.monotonic()
                self._leave(self.ahead)
                for hold in self.running.values():
                    hold.end("stopped")
            self._recall()
            self.lock.notify_all()

    def _leave(self, holds: Deque[_Hold]) -> None:
        self.leaving.extend(holds)
        holds.clear()

    def _fail(self, error: DocketError) -> None:
        """The server refuses it: what runs is ended, and what could not be handed in is said."""
        with self.lock:
            if not self.refused:
                self.error, self.refused = error, True
                for hold in self.running.values():
                    hold.end("stopped")
                for hold in self.ended:
                    self._say_lost(hold, error)
                self.ended.clear()
                self.ahead.clear()
                self.leaving.clear()
            self.lock.notify_all()
        self._wake()

    # -- commands

    def _begin_all(self) -> None:
        while True:
            with self.lock:
                ready = not (self.stopping or self.refused) and len(self.running) < self.jobs
                hold = next((h for h in self.ahead if h.sure_until > time.monotonic()), None) if ready else None
                if not hold:
                    return
                self.ahead.remove(hold)
                self._begin(hold)

    def _begin(self, hold: _Hold) -> None:
        if hold.command is None:
            self._end(hold, EXIT_NOT_BEGUN, "this worker runs commands; the task is a payload")
            return
        try:
            self._start(hold, hold.command)
        except OSError as e:
            if e.errno in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE):
                self._run_fewer(hold, e)
            else:
                self._end(hold, EXIT_NOT_BEGUN, f"could not start in '{hold.cwd or '.'}': {_cause(e)}")
            return
        except ValueError as e:  # a NUL in it
            self._end(hold, EXIT_NOT_BEGUN, f"could not start: {e}")
            return
        assert hold.process
        self.nanny.tell("+", hold.process.pid)
        self.running[hold.process.pid] = hold
        if hold.time_limit:
            hold.deadline = time.monotonic() + hold.time_limit
        if not hold.told:
            self.lock.notify_all()

    def _start(self, hold: _Hold, command: str) -> None:
        streams: List[_Stream] = []
        command = f"{self.script} {command}" if self.script else command
        try:
            for suffix in ("out", "err"):
                streams.append(_Stream(self._open_log(hold, suffix)))
            hold.process = subprocess.Popen(
                ["/bin/sh", b"-c", command.encode("utf-8", "surrogatepass")], cwd=hold.cwd, env=self._env_of(hold), stdin=subprocess.DEVNULL,
                stdout=streams[0].write_fd, stderr=streams[1].write_fd, start_new_session=True, restore_signals=True)
        except BaseException:
            for stream in streams:
                os.close(stream.write_fd)
                stream.end()
            raise
        hold.began = time.monotonic()
        hold.out, hold.err = streams
        for stream in streams:
            os.close(stream.write_fd)
            self.selector.register(stream.fd, selectors.EVENT_READ, stream)

    def _env_of(self, hold: _Hold) -> Dict[bytes, bytes]:
        """The worker's own, then the task's, then what docket says of the task; the later wins."""
        env = {**self.base_env, **{k: v for k, v in hold.env.items() if k not in SECRET + SAID}}
        name = f"{self.queue.owner}/{self.queue.name}" if self.queue.owner else self.queue.name
        for prefix in ("DOCKET", "QDO"):
            env[prefix + "_TASK"], env[prefix + "_ATTEMPT"] = str(hold.task), str(hold.attempt)
            env[prefix + "_QUEUE"], env[prefix + "_SERVER"] = name, self.client.url
        env["QDO_TASKID"] = str(hold.task)
        env.update({twin: hold.env[carried] for carried, twin in CARRIED.items() if carried in hold.env})
        return {os.fsencode(k): v.encode("utf-8", "surrogateescape") for k, v in env.items()}

    def _open_log(self, hold: _Hold, suffix: str) -> Optional[int]:
        if not self.logs:
            return None
        name = f"{hold.task}.{hold.attempt}.{suffix}" if hold.attempt > 1 else f"{hold.task}.{suffix}"
        try:
            return os.open(os.path.join(self.logs, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)
        except OSError as e:
            self._say_trouble(hold, e)
            return None

    def _say_trouble(self, hold: _Hold, e: OSError) -> None:
        if not self.disk_trouble:
            _say(f"could not write all output of task {hold.task}: {_cause(e)}")
        self.disk_trouble = True

    def _run_fewer(self, hold: _Hold, e: OSError) -> None:
        """This machine has no means for another command. The task is not at fault: it goes back."""
        self.leaving.append(hold)
        self.jobs = len(self.running)
        if self.jobs:
            _say(f"could not start a command: {_cause(e)}; running {self.jobs} at once from now on")
            self.lock.notify_all()
            return
        self.error = DocketError(f"could not start a command: {_cause(e)}", code="internal")
        self._stop(1)

    def _reap(self) -> None:
        """Those that ended are looked at before they are reaped: until then their group is surely theirs."""
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if not found:
                return
            hold = self.running.get(found.si_pid)
            if hold and hold.process:
                hold.signal(signal.SIGKILL)  # what it left running
                hold.process.wait()
                self.nanny.tell("-", found.si_pid)
                _end_orphans(hold.task, self.running)
                self._command_ended(hold)
            else:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(found.si_pid, 0)  # an orphan that came to us

    def _command_ended(self, hold: _Hold) -> None:
        assert hold.process and hold.out and hold.err
        with self.lock:
            del self.running[hold.process.pid]
            for stream in (hold.out, hold.err):
                with contextlib.suppress(KeyError):
                    self.selector.unregister(stream.fd)
                stream.end()
                if stream.trouble:
                    self._say_trouble(hold, stream.trouble)
            self.longest = max(self.longest, time.monotonic() - hold.began)
            code = hold.process.returncode
            exitcode = EXIT_TIME_LIMIT if hold.why == "limit" else 128 - code if code < 0 else code
            if hold.why == "stopped" and exitcode != 0:
                self.leaving.append(hold)
                self.lock.notify_all()
            else:
                self._end(hold, exitcode, hold.words(code))

    def _end(self, hold: _Hold, exitcode: int, message: str) -> None:
        hold.ended(exitcode, message)
        hold.out = hold.err = None
        with self.lock:
            if self.refused and self.error:
                self._say_lost(hold, self.error)
                return
            self.ended.append(hold)
            self.lock.notify_all()

    def _watch_clock(self) -> None:
        now = time.monotonic()
        for hold in self.running.values():
            if not hold.deadline or hold.deadline > now:
                continue
            if hold.why:
                hold.deadline = None
                hold.signal(signal.SIGKILL)
            else:
                hold.end("limit")
        over = self._patience_over()
        if over and over <= now:
            self.impatient = True

    # -- talking

    def _talk(self, tail: str, body: bytes, timeout: float, wire: _Wire) -> Optional[Dict[str, Json]]:
        """Asks until there is an answer. None: it is not wanted any more, or it was recalled. Raises a refusal."""
        pause = BACKOFF_FIRST
        while True:
            try:
                answer = self.client._once(wire, "POST", _url(self.queue.path + tail, None), body, "application/json", timeout).json()
                self._is_back()
                return dict(answer)
            except DocketError as e:
                if self._given_up(wire):
                    return None
                if not _passes(e) and not isinstance(e, _Trouble):
                    self._is_back()
                    if e.status in (401, 403) or e.code == "queue_not_found":
                        self._fail(e)
                        return None
                    raise
                self._is_away(e)
            with self.lock:
                self.lock.wait_for(lambda: self._given_up(wire), _jitter(min(pause, self.seconds / 4)))
            pause = min(pause * 2, BACKOFF_MOST)
            self.client._look_again()
            wire.place = self.client._place
            if self._given_up(wire):
                return None

    def _given_up(self, wire: _Wire) -> bool:
        with self.lock:
            recalled = wire is self.claim_wire and (self.recalled or self.stopping or self.closing)
            return recalled or self.refused or (self.over and self._at_rest())

    def _is_away(self, e: DocketError) -> None:
        with self.lock:
            first, self.away_since = not self.away_since, self.away_since or time.monotonic()
            kept = len(self.ended)
        if first:
            _say(f"{e.detail}; {kept} result{'' if kept == 1 else 's'} kept, trying again")
        idle = self.idle_timeout
        if idle is not None and not self.in_job and self._at_rest() and time.monotonic() - self.away_since > idle + AWAY_SECONDS:
            self._fail(ServerAway(f"the server at {self.client.url} does not answer"))
        self._wake()

    def _is_back(self) -> None:
        with self.lock:
            was, self.away_since = self.away_since, None
        if was:
            _say(f"the server at {self.client.url} is back")

    # -- claiming

    def _lack(self) -> int:
        if self.stopping or self.closing or self.refused or self.over:
            return 0
        return min(max(self.jobs + self.batch - len(self.running) - len(self.ahead), 0), RESULTS_MOST)

    def _ask_fields(self) -> Dict[str, Json]:
        """Of a claim, which is one claim until it is answered, however often it is sent: the nonce makes it so."""
        if not self.nonce:
            self.nonce = uuid.uuid4().hex
            self.most = self._lack()
            self.begin = min(self.most, max(self.jobs - len(self.running) - len(self.ahead), 0))
        return {"begin": self.begin, "nonce": self.nonce, "lease_seconds": self.seconds}

    def _rest_left(self) -> Optional[float]:
        """How long the rest may still last; None: for ever, or it is none."""
        if not self._at_rest():
            self.idle_since = None
            return None
        self.idle_since = self.idle_since or time.monotonic()
        return None if self.idle_timeout is None else max(self.idle_since + self.idle_timeout - time.monotonic(), 0.0)

    def _claims(self) -> None:
        self.claim_wire = _Wire(self.client._place)
        look_again = False
        while True:
            with self.lock:
                self.lock.wait_for(lambda: self.stopping or self.closing or self.refused or self.over or (not self.asking and self._lack() > 0))
                if self.stopping or self.closing or self.refused or self.over:
                    break
                self.asking, self.recalled, self.claim_wire.aborted = True, False, False
                left = self._rest_left()
                wait = WAIT_MOST if left is None else LOOK_SECONDS if look_again else min(left, WAIT_MOST)
                body = {**self._ask_fields(), "worker": self.name, "max": self.most, "wait": wait}
            tasks = self._ask(json.dumps(body).encode(), wait)
            look_again = not tasks and self._is_drained(tasks)
        if self.nonce and not self.refused:
            self._sweep()

    def _ask(self, body: bytes, wait: float) -> Optional[List[Dict[str, Json]]]:
        assert self.claim_wire
        sent_at, answer = time.monotonic(), None
        try:
            answer = self._talk("/claim", body, wait + ANSWER_SECONDS, self.claim_wire)
        except DocketError as e:
            self._fail(e)
        with self.lock:
            self.asking = False
            if answer is None:
                return None
            now = time.monotonic()
            return self._take(answer["tasks"], now if now - sent_at <= wait + 1 else sent_at)

    def _take(self, tasks: List[Dict[str, Json]], since: float) -> List[Dict[str, Json]]:
        self.nonce = None
        for i, task in enumerate(tasks):
            hold = _Hold(task, since + self.seconds, i < self.begin)
            if self.stopping or self.closing or self.refused:
                self.leaving.append(hold)
            else:
                self.ahead.append(hold)
        if tasks:
            self.idle_since = None
            self.lock.notify_all()
            self._wake()
        return tasks

    def _is_drained(self, tasks: Optional[List[Dict[str, Json]]]) -> bool:
        """After a claim that brought nothing, at rest, and the time is over: is that the end? True: no, tasks wait for something."""
        with self.lock:
            left = self._rest_left()
        if tasks is None or left is None or left > 0:
            return False
        waiting = False
        if self.idle_timeout == 0:
            queue = self._look()
            waiting = bool(queue and queue["state"] != "paused" and queue["counts"]["pending"] + queue["counts"]["waiting"])
            if queue and queue["state"] == "paused" and queue["counts"]["pending"]:
                _say(f"the queue '{self.queue.name}' is paused")
            if not queue:
                return False
        with self.lock:
            self.over = self._at_rest() and not waiting
            self.lock.notify_all()
        self._wake()
        return waiting

    def _look(self) -> Optional[Dict[str, Json]]:
        try:
            return self.queue.get()
        except DocketError as e:
            if not _passes(e):
                self._fail(e)
            return None

    def _recall(self) -> None:
        """Ends the claim that waits at the server; it is open still, and sent again as it was."""
        self.recalled = True
        if self.asking and self.claim_wire:
            self.claim_wire.abort()

    def _sweep(self) -> None:
        """After a claim whose answer never came: whatever the server has handed out to us and we do not know goes back."""
        rows: List[Dict[str, Json]] = []
        try:
            rows = self.client.call("GET", self.queue.path + "/leases", query={"worker": self.name}, patience=STOP_SECONDS)["leases"]
        except DocketError as e:
            if not isinstance(e, ServerAway):
                _say(f"leases could not be looked up: {e}")
        with self.lock:
            known = {hold.lease for hold in itertools.chain(self.ahead, self.running.values(), self.ended, self.leaving)}
            self.leaving += [_Hold(row, 0.0, False) for row in rows if row["lease"] not in known]
            self.nonce = None
            self.lock.notify_all()
        self._wake()

    # -- handing in

    def _reports(self) -> None:
        wire = _Wire(self.client._place)
        alone = 0  # so many results are to be sent one by one, so that the one at fault is found
        while True:
            with self.lock:
                self.lock.wait_for(lambda: self.refused or self.ended or self.leaving or self._news())
                if self.refused:
                    return
                results = self._some_results(1 if alone else RESULTS_MOST)
                started = [] if alone else [hold for hold in self.running.values() if not hold.told]
                claims = not alone and not self.asking and (self.nonce is not None or self._lack() > 0) and not (self.stopping or self.closing)
                body = self._report(results, started, claims)
            if results or started:
                alone = self._hand_in(wire, results, started, claims, body, alone)
            self._give_back(wire)

    def _news(self) -> bool:
        return any(not hold.told for hold in self.running.values())

    def _some_results(self, most: int) -> List[_Hold]:
        results: List[_Hold] = []
        size = 0
        for hold in itertools.islice(self.ended, most):
            size += len(hold.result)
            if results and size > REPORT_BYTES:
                break
            results.append(hold)
        return results

    def _report(self, results: List[_Hold], started: List[_Hold], claims: bool) -> bytes:
        fields: Dict[str, Json] = {"worker": self.name}
        if started:
            fields["started"] = [hold.lease for hold in started[:RESULTS_MOST]]
        if claims and (results or started):
            self.asking = True
            fields.update(self._ask_fields())
            fields["claim"] = self.most
        head = json.dumps(fields).encode()
        return head[:-1] + b',"results":[' + b",".join(hold.result for hold in results) + b"]}"

    def _hand_in(self, wire: _Wire, results: List[_Hold], started: List[_Hold], claims: bool, body: bytes, alone: int) -> int:
        """How many results are to be sent one by one from now on."""
        refusal, answer, sent_at = None, None, time.monotonic()
        try:
            answer = self._talk("/finish", body, ANSWER_SECONDS, wire)
        except DocketError as e:
            refusal = e
        with self.lock:
            if claims:
                self.asking = False
            if answer is not None:
                for hold in started[:RESULTS_MOST]:
                    hold.told = True
                self._settle(results)
                if claims:
                    self._take(answer.get("tasks", []), sent_at)
            elif refusal and len(results) == 1:
                self._say_lost(results[0], refusal)
                self._settle(results)
            elif refusal:
                self.nonce = None if claims else self.nonce
                for hold in started:
                    hold.told = True
                alone = len(results) + 1
            self.lock.notify_all()
        self._wake()
        return max(alone - 1, 0)

    def _settle(self, results: List[_Hold]) -> None:
        for hold in results:
            self.ended.popleft()
            self.done += hold.exitcode == 0
            self.failed += hold.exitcode != 0
        if self._at_rest() and self.idle_timeout is not None:
            self._recall()  # from now on the rest counts

    @staticmethod
    def _say_lost(hold: _Hold, why: DocketError) -> None:
        _say(f"the result of task {hold.task} (exit code {hold.exitcode}) could not be handed in: {why.detail}")

    def _give_back(self, wire: _Wire) -> None:
        with self.lock:
            leaving = self.leaving[:LEASES_MOST]
        if not leaving:
            return
        body = json.dumps({"worker": self.name, "leases": [hold.lease for hold in leaving]}).encode()
        with contextlib.suppress(DocketError):  # refused: they end with their time
            self._talk("/release", body, ANSWER_SECONDS, wire)
        with self.lock:
            self.leaving = self.leaving[len(leaving):]
            self.lock.notify_all()
        self._wake()

    # -- renewing

    def _renewals(self) -> None:
        wire = _Wire(self.client._place)
        while not self.refused:
            time.sleep(self.seconds / 3)
            with self.lock:
                begun = [hold.lease for hold in itertools.chain(self.running.values(), self.ended)]
                held = [hold.lease for hold in self.ahead]
            if not begun and not held:
                continue
            body = {"worker": self.name, "leases": begun, "held": held, "lease_seconds": self.seconds}
            sent_at = time.monotonic()
            try:
                answer = self._talk("/renew", json.dumps(body).encode(), min(self.seconds / 3, 10.0), wire)
            except DocketError as e:
                _say(f"leases could not be renewed: {e}")
                continue
            if answer:
                self._renewed(answer["leases"], sent_at)

    def _renewed(self, rows: List[Dict[str, Json]], sent_at: float) -> None:
        with self.lock:
            running = {hold.lease: hold for hold in self.running.values()}
            ahead = {hold.lease: hold for hold in self.ahead}
            for row in rows:
                lease, outcome = row["lease"], row["outcome"]
                hold = running.get(lease) or ahead.get(lease)
                if not hold:
                    continue
                if outcome in ("renewed", "paused"):
                    hold.sure_until = sent_at + self.seconds
                elif lease in running:
                    hold.end("cancelled" if outcome == "cancelled" else "lost")
                if lease in ahead and outcome != "renewed":
                    self.ahead.remove(hold)
                    self.leaving += [hold] if outcome == "paused" else []
            self.lock.notify_all()
        self._wake()


def _base_env() -> Dict[str, str]:
    """What every command's environment starts from: ours, without what would let it act as the worker, and without what an outer docket says."""
    mine = set(SECRET) | set(SAID) | set(CARRIED) | set(CARRIED.values())
    env = {k: v for k, v in os.environ.items() if k not in mine}
    if env.get("DOCKET_CA_FILE"):
        env["DOCKET_CA_FILE"] = os.path.realpath(env["DOCKET_CA_FILE"])  # they run elsewhere
    return env


def _adopt_orphans() -> None:
    """What leaves its group comes to us when its parent is gone, where the kernel can do that (Linux: PR_SET_CHILD_SUBREAPER)."""
    with contextlib.suppress(Exception):  # without it, such processes outlive their task
        import ctypes
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def _end_orphans(task: int, running: Mapping[int, _Hold]) -> None:
    """Our children that are nobody's command and have the environment of this task."""
    marker = b"\0DOCKET_TASK=%d\0" % task
    for _ in range(64):  # each that ends may leave us its own
        found = [pid for pid in _children() if pid not in running and marker in _environment(pid)]
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        if not found:
            return


def _children() -> List[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _environment(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return b"\0" + file.read() + b"\0"
    except OSError:
        return b""


# ---- passing connections on, for nodes that do not see the server (src/cli/relay.c)

RELAYED = 4096            # LIMIT_RELAYED
RELAY_BYTES = 64 * 1024   # held each way of a connection at most


class _End:
    """One side of a connection that is passed on: what was read from it and is not yet written to the other."""

    def __init__(self, sock: socket.socket, connecting: bool):
        self.sock, self.connecting = sock, connecting
        self.held = b""
        self.said_all = self.told_all = False
        self.events = 0
        self.other = self


class _Relay:
    """Reads nothing of what passes: that is TLS from end to end."""

    def __init__(self, listener: socket.socket, to: Tuple[Any, ...], idle: Optional[float]):
        self.listener, self.to, self.idle = listener, to, idle
        self.selector = selectors.DefaultSelector()
        self.count = 0
        self.listening = False
        self.starved_until = 0.0
        self.rest_since = time.monotonic()

    def run(self) -> None:
        while self.count or not self.idle or time.monotonic() - self.rest_since < self.idle:
            self._listen()
            for key, events in self.selector.select(1.0):
                if key.fileobj is self.listener:
                    self._accept()
                elif key.data.sock.fileno() >= 0:  # its pair may have ended in this round
                    self._step(key.data, events)

    def _listen(self) -> None:
        wanted = self.count < RELAYED and time.monotonic() >= self.starved_until
        if wanted and not self.listening:
            self.selector.register(self.listener, selectors.EVENT_READ)
        elif self.listening and not wanted:
            self.selector.unregister(self.listener)
        self.listening = wanted

    def _accept(self) -> None:
        try:
            here = self.listener.accept()[0]
        except BlockingIOError:
            return
        except OSError:  # no descriptor for a newcomer: he waits
            self.starved_until = time.monotonic() + 0.1
            return
        try:
            there = socket.socket(self.to[0], socket.SOCK_STREAM)
        except OSError:
            here.close()
            return
        for sock in (here, there):
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one, two = _End(here, False), _End(there, True)
        one.other, two.other = two, one
        self.count += 1
        if there.connect_ex(self.to[1]) not in (0, errno.EINPROGRESS):
            self._end(one)
            return
        self._watch(two)

    def _end(self, one: _End) -> None:
        for end in (one, one.other):
            if end.events:
                self.selector.unregister(end.sock)
            end.sock.close()
        self.count -= 1
        self.rest_since = time.monotonic()

    def _watch(self, one: _End) -> None:
        reads = not (one.said_all or one.held or one.connecting or one.other.connecting)
        events = (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if one.connecting or one.other.held else 0)
        if events and not one.events:
            self.selector.register(one.sock, events, one)
        elif one.events and not events:
            self.selector.unregister(one.sock)
        elif events != one.events:
            self.selector.modify(one.sock, events, one)
        one.events = events

    def _step(self, one: _End, events: int) -> None:
        try:
            if one.connecting:
                one.connecting = False
                error = one.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error:
                    raise OSError(error, os.strerror(error))
            if events & selectors.EVENT_WRITE:
                self._pass_on(one.other)
            if events & selectors.EVENT_READ and not one.held:
                with contextlib.suppress(BlockingIOError):
                    one.held = one.sock.recv(RELAY_BYTES)
                    one.said_all = not one.held
                self._pass_on(one)
        except OSError:
            self._end(one)
            return
        if one.told_all and one.other.told_all:
            self._end(one)
            return
        self._watch(one)
        self._watch(one.other)

    @staticmethod
    def _pass_on(one: _End) -> None:
        if one.held:
            with contextlib.suppress(BlockingIOError):
                one.held = one.held[one.other.sock.send(one.held):]
        if one.said_all and not one.held and not one.other.told_all:
            one.other.told_all = True
            one.other.sock.shutdown(socket.SHUT_WR)


# ---- the command line

EPOCH_MOST = 253402300799  # the year 9999
EXITS = {"file": 1, "port": 1, "time_over": 5, "server_away": 4, "stopping": 4, "too_busy": 4, "internal": 1}


def _span(text: str) -> float:
    """A time like 90, 1.5, 30s, 10m, 2h or 1:30:00, in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    if match:
        return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    if re.fullmatch(r"\d+(:\d\d){1,2}", text):
        seconds = 0
        for part in text.split(":"):
            seconds = seconds * 60 + int(part)
        return float(seconds)
    raise argparse.ArgumentTypeError(f"must be a time like 90, 1.5, 30s, 10m, 2h or 1:30:00, not '{text}'")


def _count(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d+", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"must be a number from {least} to {most}, not '{text}'")
        return int(text)
    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="docket.py", description="docket's small worker, for machines where nothing can be installed")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs.required = True
    work = verbs.add_parser("work", help="run the tasks of a queue", description=(
        "Takes tasks from the server and runs their commands until it is told to stop (Ctrl-C, SIGTERM: what has not begun is given back) or one "
        "of the limits below is met. It goes on by itself when the server was away. Exits 0 also if tasks failed."))
    work.add_argument("queue", metavar="QUEUE", help="NAME, or OWNER/NAME")
    work.add_argument("-j", "--jobs", type=_count(1, 4096), metavar="N", help="commands at once; the number of cores unless given")
    work.add_argument("--batch", type=_count(1, 1000), default=0, metavar="N", help="tasks to hold ahead; none unless given")
    work.add_argument("--idle-timeout", type=_span, metavar="TIME", help="end after so long without work; 0: when nothing is left")
    work.add_argument("--time-limit", type=_span, metavar="TIME", help="end after so long")
    work.add_argument("--walltime-until", type=_count(1, EPOCH_MOST), metavar="EPOCH",
                      help="when the batch job it is in ends, in seconds since 1970, else SLURM_JOB_END_TIME in a job of Slurm")
    work.add_argument("--reserve", type=_span, metavar="TIME",
                      help="take no more tasks when less is left; as long as the longest so far, 10 s to 1 h, unless given")
    work.add_argument("--logs", metavar="DIR", help="also keep all output, in ID.out and ID.err there")
    work.add_argument("--name", metavar="NAME", help="the worker's name; else made of host and process")
    work.add_argument("-q", "--quiet", action="store_true", help="say only what goes wrong")
    work.add_argument("--script", metavar="S", help="run S with each task's text as its arguments")
    _connecting(work)
    work.set_defaults(run=_work)
    health = verbs.add_parser("health", help="is the server well: one line and an exit status", description=(
        "Exits 0 if it is, 1 if it is not (its disk is full, say), 4 if it does not answer."))
    _connecting(health)
    health.set_defaults(run=_health)
    relay = verbs.add_parser("relay", help="pass connections on, for nodes that do not see the server", description=(
        "For the login host of a cluster. It passes bytes on and can read none of them: workers speak TLS with the server through it."))
    relay.add_argument("--listen", type=_place, required=True, metavar="ADDR:PORT", help="where to listen; port 0: any that is free, which is printed")
    relay.add_argument("--to", type=_place, required=True, metavar="ADDR:PORT", help="where to")
    relay.add_argument("--idle-timeout", type=_span, metavar="TIME", help="end after so long without a connection")
    relay.set_defaults(run=_relay)
    return parser


def _place(text: str) -> Tuple[str, int]:
    """ADDR:PORT or [ADDR]:PORT with a numeric address."""
    match = re.fullmatch(r"(?:\[([^]]+)\]|([^:]+)):(\d{1,5})", text)
    host = (match[1] or match[2]) if match else ""
    with contextlib.suppress(OSError):
        if match and int(match[3]) <= 65535 and socket.getaddrinfo(host, int(match[3]), 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST):
            return host, int(match[3])
    raise argparse.ArgumentTypeError(f"must be ADDR:PORT or [ADDR]:PORT with a numeric address, not '{text[:80]}'")


def _connecting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", metavar="URL", help="the server, else DOCKET_SERVER, else the one that runs here")
    parser.add_argument("--token-file", metavar="FILE", help="holds the token for it, else DOCKET_TOKEN_FILE, DOCKET_TOKEN")
    parser.add_argument("--ca-file", metavar="FILE", help="who is trusted to sign its certificate, else DOCKET_CA_FILE, else whom this machine trusts")
    parser.add_argument("--pin", metavar="sha256//KEY", help="the key of the server, by which alone it is known, else DOCKET_PIN")
    parser.add_argument("--data", metavar="DIR", help="the server of this data directory, else DOCKET_DATA")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _script(text: Optional[str]) -> Optional[str]:
    """As a command begins with it. A path is that of a file here, whatever directory the command runs in; more words are the shell's to read."""
    if not text or "/" not in text or (not os.path.exists(text) and re.search(r"[ \t\n]", text)):
        return text
    path = os.path.realpath(text)
    if not os.access(path, os.X_OK):
        why = errno.EACCES if os.path.exists(path) else errno.ENOENT
        raise DocketError(f"could not use the script '{text}': {os.strerror(why).lower()}", code="file")
    return shlex.quote(path)


def _walltime_until(o: argparse.Namespace) -> int:
    """When the batch job around us ends, in seconds since 1970; 0: nobody says so."""
    said = os.environ.get("SLURM_JOB_END_TIME", "")
    if o.walltime_until or not said:
        return int(o.walltime_until or 0)
    try:
        return _count(0, EPOCH_MOST)(said)
    except argparse.ArgumentTypeError as e:
        _say(f"SLURM_JOB_END_TIME {e}; the walltime is not known")
        return 0


def _life(limit: Optional[float], until: int) -> Optional[float]:
    """How long the worker may live; None: for ever. One that is over already ends before it has begun anything."""
    left = max(until - time.time(), 0.001) if until else None
    return min((one for one in (limit, left) if one), default=None)


def _health(o: argparse.Namespace) -> int:
    place = _find(o.server, None, o.token_file, o.ca_file, o.data, o.pin)
    wire = _Wire(place)
    try:
        status, _, data = wire.ask("GET", "/healthz", None, {}, ANSWER_SECONDS)
        answer = json.loads(data.decode("utf-8"))
        print(_safe(f"{answer['status']}: docket {answer['version']} at {place.url}"), flush=True)
    except (ValueError, KeyError, TypeError):
        raise DocketError(f"{place.url} is no docket server", code="internal") from None
    finally:
        wire.close()
    return 0 if status == 200 else 1


def _relay(o: argparse.Namespace) -> int:
    if not o.to[1]:
        raise ValueError("--to must name a port")
    found = [socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)[0] for host, port in (o.listen, o.to)]
    listener = socket.socket(found[0][0], socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(found[0][4])
        listener.listen(RELAYED)
    except OSError as e:
        raise DocketError(f"could not listen on {o.listen[0]} port {o.listen[1]}: {_cause(e)}", code="port") from None
    listener.setblocking(False)
    with contextlib.suppress(ImportError, ValueError, OSError):  # each that is passed on needs two descriptors
        import resource
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    host = o.listen[0]
    print(f"listening on {'[' + host + ']' if ':' in host else host}:{listener.getsockname()[1]}", flush=True)
    with listener:
        _Relay(listener, (found[1][0], found[1][4]), o.idle_timeout).run()
    return 0


def _work(o: argparse.Namespace) -> int:
    if o.name is not None and not 0 < len(o.name.encode("utf-8", "surrogatepass")) <= 128:
        raise ValueError("--name must have 1 to 128 bytes")
    if not hasattr(os, "fork"):
        raise DocketError("commands are run by /bin/sh, which this machine does not have", code="file", hint="the classes of this module work here")
    script = _script(o.script)
    client = Client(o.server, token_file=o.token_file, ca_file=o.ca_file, data=o.data, worker=o.name, pin=o.pin)
    queue = client.queue(o.queue)
    queue.get()
    until = _walltime_until(o)
    worker = Worker(queue, o.jobs or _cores(), batch=o.batch, idle_timeout=o.idle_timeout, life=_life(o.time_limit, until), logs=o.logs, name=o.name,
                    quiet=o.quiet, reserve=o.reserve, in_job=until > 0, script=script)
    if not o.quiet:
        print(_safe(f"working on {o.queue} at {client.url}, {worker.jobs} at once"), file=sys.stderr, flush=True)
    try:
        worker.run()
    finally:
        if not o.quiet:
            print(f"{worker.done} done, {worker.failed} failed", file=sys.stderr, flush=True)
    return 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The command line. 0 done, 1 failed, 2 usage, 3 not found, 4 server away, 130 interrupted."""
    o = _parser().parse_args(argv)
    try:
        return int(o.run(o))
    except DocketError as e:
        _say(e.detail)
        if e.hint:
            print("  " + _safe(e.hint), file=sys.stderr)
        return EXITS.get(e.code, 3 if e.status == 404 else 4 if isinstance(e, ServerAway) else 1)
    except ValueError as e:
        _say(str(e))
        return 2
    except OSError as e:
        _say(str(e))
        return 1
    except KeyboardInterrupt:
        return 130


def _leave(code: int) -> NoReturn:
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    sys.exit(code)


if __name__ == "__main__":
    _leave(main())
