"""A TCP forwarder that can be cut: an API server or a Prometheus that is out of reach for a while."""

import socket
import threading

from .environment import free_port


class Forwarder:
    def __init__(self, target, connected=True):
        self._target = target
        self.port = free_port()
        self.connections = 0
        self.held = 0  # bytes of clients that wait for release()
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._listener = None
        self._pairs = set()
        if connected:
            self.connect()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def connect(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self):
        """Ends every connection and refuses new ones."""
        listener, self._listener = self._listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for end in (end for pair in pairs for end in pair):
            _shut(end)

    def hold(self):
        """What clients send from now on waits: a network, or a machine, that stands still."""
        self._flows.clear()

    def release(self):
        self._flows.set()

    def close(self):
        self.release()
        self.cut()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._pairs.add((client, server))
            for source, sink, may_wait in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pump, args=(source, sink, may_wait), daemon=True).start()

    def _pump(self, source, sink, may_wait):
        try:
            while data := source.recv(65536):
                if may_wait and not self._flows.is_set():
                    self.held += len(data)
                    self._flows.wait()
                sink.sendall(data)
        except OSError:
            pass
        _shut(source)
        _shut(sink)


def _shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
