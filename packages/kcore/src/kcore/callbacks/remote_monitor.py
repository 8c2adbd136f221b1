"""RemoteMonitor: the logs of each epoch, sent to a server."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request

from kcore.callbacks.base import Callback
from kcore.callbacks.monitor import warn
from kcore.errors import ConfigurationError
from kcore.typing import Logs

_SECONDS = 10.0


class RemoteMonitor(Callback):
    """Sends the logs of each epoch by HTTP POST; a server that does not answer is only warned of.

    Args:
        root: address of the server, "http://localhost:9000".
        path: on the server.
        field: form field that holds the JSON text, if it is not sent as JSON.
        headers: further headers.
        send_as_json: whether the body is the JSON text itself.

    Raises:
        ConfigurationError: if root is no http or https address.

    Example:
        >>> RemoteMonitor("http://localhost:9000").path
        '/publish/epoch/end/'
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        if not root.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"RemoteMonitor: root must begin with http:// or https://; received {root!r}."
            )
        self.root = root
        self.path = path
        self.field = field
        self.headers = dict(headers or {})
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Sends the epoch's number and logs."""
        values = {"epoch": epoch, **{k: float(v) for k, v in (logs or {}).items()}}
        text = json.dumps(values)
        if self.send_as_json:
            body, kind = text.encode(), "application/json"
        else:
            form = urllib.parse.urlencode({self.field: text})
            body, kind = form.encode(), "application/x-www-form-urlencoded"
        request = urllib.request.Request(
            self.root + self.path, body, {"Content-Type": kind, **self.headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS):
                pass
        except (urllib.error.URLError, OSError) as error:
            warn("RemoteMonitor", f"could not reach {self.root}: {error}")
