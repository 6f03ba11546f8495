"""The loop that teaches, for any network and loss: warm-up, cosine, moving average, checkpoints, resuming, a log.

The folder of a stage holds ``checkpoint.npz`` (weights, the optimizer's state, how many rounds are done) and
``log.jsonl``, a line a round. A stage that was stopped goes on after its last round, with the batches that it would
have seen; one that is finished is not taught again.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from ..errors import TrainingError
from .optimizer import RelativeAdam, relative_scales

Loss = Callable[[Any, Any], Any]
"""From a network's outputs and the targets of a batch to one number."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast: ``rounds`` of ``steps`` batches each; ``rate`` at its peak, a share of the weights.

    The rate rises evenly for ``warm_up`` steps, then falls as half a cosine to ``floor`` times the peak (Loshchilov and
    Hutter, "SGDR", 2017). ``average`` is the momentum of the moving average of the weights, which is what stays.
    """

    rounds: int
    steps: int
    rate: float
    warm_up: int = 40
    floor: float = 0.02
    average: float = 0.99


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # keras ships no types
    """One round of batches. What a batch holds depends on the ``round``, which the loop sets, and its index alone."""

    def __init__(self, steps: int, **options: Any) -> None:
        super().__init__(**options)
        self.steps, self.round = steps, 0

    def __len__(self) -> int:
        """Return the batches of a round."""
        return self.steps

    def on_epoch_end(self) -> None:
        """Go on to the next round."""
        self.round += 1


@keras.saving.register_keras_serializable(package="poseable")
class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The rate of a `Plan` by step."""

    def __init__(self, peak: float, warm_up: int, steps: int, floor: float) -> None:
        self.peak, self.warm_up, self.steps, self.floor = peak, warm_up, steps, floor

    def __call__(self, step: Any) -> Any:
        """Return the rate at a step."""
        step = ops.cast(step, "float32")
        rising = ops.minimum(1.0, (step + 1.0) / max(1, self.warm_up))
        way = ops.minimum(1.0, step / max(1, self.steps))
        falling = self.floor + (1 - self.floor) * 0.5 * (1.0 + ops.cos(math.pi * way))
        return self.peak * rising * falling

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the schedule again."""
        return {"peak": self.peak, "warm_up": self.warm_up, "steps": self.steps, "floor": self.floor}


class Student(keras.Model):  # type: ignore[misc]
    """A network with a loss of all its outputs at once, as ``compute_loss`` has it on every Keras back end."""

    def __init__(self, network: Any, loss: Loss) -> None:
        super().__init__()
        self.network, self._loss_of = network, loss

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the network's outputs for a tuple of its inputs."""
        return self.network(inputs[0] if len(inputs) == 1 else list(inputs), training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the loss of one batch."""
        del x, sample_weight, training
        # PyTorch does not take numpy's arrays beside its own.
        return self._loss_of(y_pred, keras.tree.map_structure(ops.convert_to_tensor, y))


def compiled(network: Any, loss: Loss, plan: Plan) -> Student:
    """Return the network with loss and optimizer; its weights must be those that ``rate`` is a share of."""
    student = Student(network, loss)
    rate = WarmUpCosine(plan.rate, plan.warm_up, plan.rounds * plan.steps, plan.floor)
    optimizer = RelativeAdam(rate, relative_scales(network), use_ema=True, ema_momentum=plan.average)
    student.compile(optimizer=optimizer)
    optimizer.build(network.trainable_variables)
    return student


def teach(  # noqa: PLR0913 - what a loop needs
    network: Any,
    batches: Batches,
    loss: Loss,
    plan: Plan,
    folder: Path,
    *,
    examine: Callable[[], Mapping[str, float]] = dict,
    tick: Callable[[int], None] = lambda _: None,
) -> None:
    """Teach a network in place; at the end its weights are the moving average.

    ``examine`` is called after each round, while the network has the averaged weights; its figures go to the log.
    ``tick`` is called with the number of steps done, first with those of earlier runs. Raises `TrainingError` when the
    loss is no number any more, or the folder's checkpoint is of something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    student = compiled(network, loss, plan)
    keeper = _Keeper(student, plan, folder, examine, tick)
    done = keeper.restore()
    tick(done * plan.steps)
    if done >= plan.rounds:
        keeper.average()
        return
    batches.round = done
    student.fit(batches, epochs=plan.rounds, initial_epoch=done, verbose=0, callbacks=[keeper], shuffle=False)
    keeper.average()


class _Keeper(keras.callbacks.Callback):  # type: ignore[misc]
    """Looks after a run: progress, checkpoints, figures."""

    def __init__(
        self,
        student: Student,
        plan: Plan,
        folder: Path,
        examine: Callable[[], Mapping[str, float]],
        tick: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._student, self._plan, self._folder = student, plan, folder
        self._examine, self._tick = examine, tick
        self._began = time.monotonic()

    @property
    def _checkpoint(self) -> Path:
        return self._folder / "checkpoint.npz"

    def _variables(self) -> list[Any]:
        return [*self._student.network.weights, *self._student.optimizer.variables]

    def restore(self) -> int:
        """Take up a run; return how many rounds of it are done, 0 if there was none."""
        if not self._checkpoint.is_file():
            return 0
        with np.load(self._checkpoint) as kept:
            values = [kept[f"v{place}"] for place in range(len(kept.files) - 1)]
            done = int(kept["round"])
        variables = self._variables()
        if [value.shape for value in values] != [tuple(variable.shape) for variable in variables]:
            raise TrainingError(f"{self._checkpoint}: is of another network or plan; give another folder, or empty it")
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return done

    def _save(self, done: int) -> None:
        values = {f"v{place}": ops.convert_to_numpy(variable) for place, variable in enumerate(self._variables())}
        part = self._folder / f".checkpoint.{os.getpid()}.npz"
        with part.open("wb") as stream:
            np.savez(stream, round=done, **values)
        part.replace(self._checkpoint)

    def average(self) -> None:
        """Leave the moving average in the network."""
        self._student.optimizer.finalize_variable_values(self._student.network.trainable_variables)

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
        self._began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Keras calls this after each batch; the loss is the round's mean so far."""
        if logs and not np.isfinite(logs["loss"]):
            raise TrainingError(
                f"the loss became {logs['loss']} in round {self._round}, batch {batch}; a lower rate may help"
            )
        self._tick(1)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Keras calls its rounds epochs."""
        self._round = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save, examine the average, log."""
        self._save(epoch + 1)
        raw = [ops.convert_to_numpy(variable).copy() for variable in self._student.network.trainable_variables]
        self.average()
        figures = {name: float(value) for name, value in self._examine().items()}
        for variable, value in zip(self._student.network.trainable_variables, raw, strict=True):
            variable.assign(value)
        seconds = round(time.monotonic() - self._began, 1)
        line = {"round": epoch + 1, "loss": float((logs or {})["loss"]), "seconds": seconds, **figures}
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
