"""BackupAndRestore: training goes on exactly where it was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kcore.arguments import whole
from kcore.callbacks.base import Callback
from kcore.callbacks.monitor import make_folder
from kcore.errors import ConfigurationError
from kcore.typing import Logs


class BackupAndRestore(Callback):
    """Keeps checkpoints of a whole run, and starts from the newest one if there is any.

    A checkpoint holds weights, optimizer, seeds, metrics, callbacks, epoch and batch in one file
    that is written whole or not at all. A run that is killed and started again by the same script
    ends bit for bit as if nothing had happened, on the same CPU. `fit(resume=folder)` is the short
    way.

    Args:
        backup_dir: folder of the checkpoints; made if it does not exist.
        save_freq: "epoch", or a number of batches.
        double_checkpoint: accepted for compatibility: earlier checkpoints are always kept.
        delete_checkpoint: whether the checkpoints go when training ends by itself.
        keep: how many checkpoints are kept, at least 2, so that a damaged one can be passed over.

    Raises:
        ConfigurationError: if an argument is out of range; when training begins, if the data cannot
            be positioned (a generator, a tf.data.Dataset), or the folder holds another run.
        SaveError: when training begins, if the folder cannot be made.

    Example:
        >>> BackupAndRestore("backup", save_freq=100).keep
        3
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
        keep: int = 3,
    ) -> None:
        super().__init__()
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 1):
            raise ConfigurationError(
                "BackupAndRestore: save_freq must be 'epoch' or a number of batches of at least 1; "
                f"received {save_freq!r}."
            )
        self.backup_dir = Path(backup_dir)
        self.save_freq = save_freq
        self.every_batches = save_freq if isinstance(save_freq, int) else None
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self.keep = whole(keep, "keep", "BackupAndRestore", 2)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Makes the folder."""
        make_folder(self.backup_dir, "BackupAndRestore")
