"""The embedded endpoint: llama.cpp's server in a child process that is started, watched, started again and ended here.

Nothing here blocks the event loop. Not here: one life of the child (`local_run.py`), its program (`llama_child.py`),
choosing and checking the model file (`model_file.py`).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playground.adapters import llama_child
from playground.adapters.local_run import Life
from playground.adapters.log_intake import Intake
from playground.adapters.machine import available_memory, processors
from playground.adapters.model_file import DEFAULT_MODEL, ModelFile, choose, installed_model, server_installed
from playground.core.backoff import Backoff
from playground.core.ending import Ending, explain
from playground.core.endpoint import Endpoint
from playground.core.errors import LocalDied, LocalError, LocalUnavailable
from playground.core.secret import Secret
from playground.core.status import LocalState

# Failures in a row after which it is left alone: of a server that had run, and of one that never did.
GIVE_UP = 8
GIVE_UP_NEVER_READY = 3
# Tokens of an answer whose request names no limit. The default model is tiny and may go round in circles until its
# context is full; a model of one's own has none. A request's own limit always counts instead.
DEFAULT_MODEL_LIMIT = 1024
_INSTALL = (
    'Install it with: pip install "inference-playground[local]", or connect an endpoint of yours with --endpoint-url.'
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say. `gguf` None: the installed model. `threads` None: one fewer than processors, at least one.

    `context` is tokens for one conversation: each of the `slots` has that many to itself, so memory grows with
    context times slots. A model trained for fewer gets fewer. `slots` is how many answers are written at the same time.
    """

    gguf: Path | None = None
    context: int = 8192
    slots: int = 2
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """What the embedded server that runs now was really started with. `version` is xllamacpp's; `devices` are those
    that it works on, in its words; "" where it does not say. `arguments` are llama.cpp's, without the key."""

    file: str
    context: int
    slots: int
    threads: int
    version: str
    devices: str
    arguments: tuple[str, ...]
    pid: int | None


class LocalServer:
    """Keeps one embedded server running, from `start()` to `stop()`.

    `on_change(state)` is called on the event loop after each change of state; it must not block. The key is new each
    time the child is started, and the port too: `endpoint` is what holds now. While it is being started again, `error`
    says why; in the states "failed" and "missing" that is final, until `start()` is called again. `log` gets what it
    prints, in all its runs.
    """

    def __init__(
        self,
        options: Options,
        *,
        on_change: Callable[[LocalState], None] | None = None,
        find_model: Callable[[], Path | None] = installed_model,
        has_server: Callable[[], bool] = server_installed,
        memory: Callable[[], int | None] = available_memory,
        backoff: Backoff | None = None,
        program: Path = Path(llama_child.__file__),
        log: Intake | None = None,
    ) -> None:
        self.on_change = on_change
        self._options = options
        self._find_model = find_model
        self._has_server = has_server
        self._memory = memory
        self._backoff = backoff or Backoff()
        self._program = program
        self.log = log or Intake()
        self._state: LocalState = "off"
        self._endpoint: Endpoint | None = None
        self._error: LocalError | None = None
        self._life: Life | None = None
        self._task: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._served: Served | None = None

    @property
    def state(self) -> LocalState:
        """What it is doing now."""
        return self._state

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it serves now; None unless it is running."""
        return self._endpoint

    @property
    def error(self) -> LocalError | None:
        """Why it is not running, or None."""
        return self._error

    @property
    def model(self) -> str:
        """The name the model is, or would be, served under."""
        return self._options.gguf.stem if self._options.gguf is not None else DEFAULT_MODEL

    @property
    def served(self) -> Served | None:
        """What it runs with; None unless it is running."""
        return self._served if self._endpoint is not None else None

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._life.pid if self._life is not None else None

    async def start(self) -> None:
        """Begins, and returns at once; `wait_ready` waits. Does nothing while it is under way."""
        if self._task is None or self._task.done():
            self._enter("starting")
            self._task = asyncio.create_task(self._supervise(), name="embedded server")

    async def stop(self) -> None:
        """Ends the child and returns when it has ended, after three times `local_run.GRACE` at the latest."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        if self._task is None:
            self._enter("off", LocalDied("The built-in model has been stopped.", "Start the playground again."))

    async def wait_ready(self) -> Endpoint:
        """The endpoint, as soon as it runs; also waits for `start()` to be called. Raises `LocalError` for good."""
        while self._endpoint is None:
            await self._settled.wait()
            if self._endpoint is None and self._error is not None:
                # A new one each time: a raised exception gathers the tracebacks of everybody who waited.
                raise type(self._error)(self._error.what, self._error.hint, self._error.said)
        return self._endpoint

    def _enter(self, state: LocalState, error: LocalError | None = None, endpoint: Endpoint | None = None) -> None:
        self._state, self._endpoint = state, endpoint
        if error is not None or state in ("starting", "running"):
            self._error = error
        if state in ("running", "failed", "missing", "off"):
            self._settled.set()
        else:
            self._settled.clear()
        if self.on_change is not None:
            # Not called from here: whatever goes wrong in it must not end the supervision.
            asyncio.get_running_loop().call_soon(self.on_change, state)

    def _prepare(self) -> ModelFile:
        if not self._has_server():
            raise LocalUnavailable("The built-in model's server is not installed.", _INSTALL)
        return choose(self._options.gguf, self._find_model, self._memory)

    async def _supervise(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            model = await asyncio.to_thread(self._prepare)
        except LocalError as error:
            self._enter("missing" if isinstance(error, LocalUnavailable) else "failed", error)
            return
        failures = 0
        ever_ready = False
        while True:
            began = clock()
            ending = await self._run(model)
            failures = self._backoff.count(failures, clock() - began)
            ever_ready |= ending.ready
            given_up = failures >= (GIVE_UP if ever_ready else GIVE_UP_NEVER_READY)
            ended = explain(ending, model.path.name, given_up=given_up)
            # Of a file that was never served, llama.cpp's verdict is final; later it may have been memory, for a while.
            if given_up or (ending.verdict is not None and not ever_ready):
                self._enter("failed", ended)
                return
            self._enter("restarting", ended)
            await asyncio.sleep(self._backoff.pause(failures))

    async def _run(self, model: ModelFile) -> Ending:
        """One life of the child, under a key of its own."""
        key = Secret(secrets.token_urlsafe(32))
        name = f"{model.id} (built in)" if model.built_in else model.id

        def ready(port: int, version: str, devices: str) -> None:
            self._served = Served(
                model.path.name,
                config["context"],
                config["slots"],
                config["threads"],
                version,
                devices,
                (*llama_child.arguments(config), "--port", str(port)),
                self.pid,
            )
            endpoint = Endpoint(name, f"http://127.0.0.1:{port}/v1", key, model.id, kind="local")
            self._enter("running", endpoint=endpoint)

        config = self._config(model, key)
        self._life = Life(
            config,
            self.log,
            program=self._program,
            on_loading=lambda: self._enter("loading"),
            on_ready=ready,
            on_gone=lambda: self._enter("restarting"),
        )
        return await self._life.live()

    def _config(self, model: ModelFile, key: Secret) -> llama_child.Config:
        options = self._options
        return {
            "key": key.reveal(),
            "path": str(model.path),
            "model": model.id,
            "context": min(options.context, model.context_length or options.context),
            "slots": options.slots,
            "threads": options.threads or max(1, processors() - 1),
            "limit": DEFAULT_MODEL_LIMIT if model.built_in else -1,
        }
