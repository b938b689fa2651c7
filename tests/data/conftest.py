"""No test of data sets finds files or a server but its own; those of loaders leave no thread behind."""

import gc
import http.server
import threading

import pytest

from .small_sets import NOBODY_LISTENS, set_remote_files, set_system_folder


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """An empty home folder, no MUSHIN_DATA, no system folder, and nobody who answers a download."""
    folder = tmp_path / "home"
    folder.mkdir()
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.delenv("MUSHIN_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for dataset in ("_MNIST", "_FASHION_MNIST"):
        set_remote_files(monkeypatch, dataset, NOBODY_LISTENS, {})
    set_system_folder(monkeypatch, tmp_path / "system")
    return folder


@pytest.fixture
def server():
    """A web server; it answers with `contents` (bytes by file name), or as the function `answer` does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.removeprefix("/")
            self.server.requests.append(name)
            if self.server.answer is not None:
                self.server.answer(self, name)
            elif name in self.server.contents:
                self.send_response(200)
                self.send_header("Content-Length", str(len(self.server.contents[name])))
                self.end_headers()
                self.wfile.write(self.server.contents[name])
            else:
                self.send_error(404)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.contents, running.requests, running.answer = {}, [], None
        running.url = f"http://127.0.0.1:{running.server_port}/"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def no_thread_is_left_behind():
    before = set(threading.enumerate())
    yield
    gc.collect()
    assert not set(threading.enumerate()) - before
