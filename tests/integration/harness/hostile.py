"""Servers that the operator meets and should not trust, and one that only looks on."""

import http.server
import json
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request


class _Server:
    """A server on the loopback device; `answer(handler, form)` answers a POST."""

    def __init__(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                form = dict(urllib.parse.parse_qsl(body.decode()))
                try:
                    owner.answer(self, form)
                except OSError:  # the operator has hung up
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def reply(handler, status, body, headers=()):
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Onlooker(_Server):
    """Passes everything on to a Prometheus, and keeps the text of each query."""

    def __init__(self, prometheus_url):
        self._to = prometheus_url
        self.queries = []
        super().__init__()

    def answer(self, handler, form):
        self.queries.append(form["query"])
        question = urllib.request.Request(self._to + handler.path, urllib.parse.urlencode(form).encode())
        try:
            with urllib.request.urlopen(question, timeout=10) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            status, body = refusal.code, refusal.read()
        reply(handler, status, body, [("Content-Type", "application/json")])


class Redirector(_Server):
    """Sends whoever asks to another address."""

    def __init__(self, to):
        self._to = to
        self.asked = 0
        super().__init__()

    def answer(self, handler, form):
        self.asked += 1
        reply(handler, 307, b"", [("Location", self._to + handler.path)])


class Echo(_Server):
    """Refuses each question, and says the credentials it was asked with and what else it has to say."""

    def __init__(self, text=""):
        self._text = text
        self.seen = []
        super().__init__()

    def answer(self, handler, form):
        authorization = handler.headers.get("Authorization", "none")
        self.seen.append(authorization)
        refusal = {"status": "error", "errorType": "bad_data", "error": f"you said {authorization} {self._text}"}
        reply(handler, 400, json.dumps(refusal).encode())


class Endless(_Server):
    """A Prometheus without series, where the query "giant" has an answer that does not end."""

    PIECE = b"1" * 65536

    def __init__(self):
        self.asked = 0
        self.sent = 0
        self._lock = threading.Lock()
        super().__init__()

    def answer(self, handler, form):
        if form["query"] != "giant" or "start" in form:
            kind = b"matrix" if "start" in form else b"vector"
            return reply(handler, 200, b'{"status":"success","data":{"resultType":"%s","result":[]}}' % kind)
        self.asked += 1
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"')
        while True:
            handler.wfile.write(self.PIECE)
            with self._lock:
                self.sent += len(self.PIECE)


class Canary:
    """Counts who connects to it. Nobody should."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            client.close()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
