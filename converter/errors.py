"""What can be wrong with a file that is to be converted; each error says which file and where in it."""

from __future__ import annotations


class ConversionError(ValueError):
    """The conversion cannot go on; the message says what was expected and what came."""


class TFLiteError(ConversionError):
    """A fault in one .tflite file.

    ``file`` is the file's name, ``where`` the place (operator, tensor or byte offset), ``fault`` what is wrong there.
    """

    def __init__(self, file: str, where: str, fault: str) -> None:
        super().__init__(f"{file}: {where}: {fault}")
        self.file = file
        self.where = where
        self.fault = fault


class NotTFLiteError(TFLiteError):
    """The file does not start like a TFLite file of version 3."""


class TruncatedBufferError(TFLiteError):
    """Something in the file points past its end, or holds fewer bytes than its shape needs."""


class UnknownOperatorError(TFLiteError):
    """An operator that this converter cannot turn into a layer."""


class UnsupportedError(TFLiteError):
    """A known operator or tensor type in a variant that this converter does not rebuild exactly."""


class InconsistentGraphError(TFLiteError):
    """The parts of the file contradict each other."""


class UnknownModelError(ConversionError):
    """A name that is no released model, or a released file that is not where it should be."""


class ParityError(ConversionError):
    """The converted network differs from the original by more than the tolerance."""


class ChecksumError(ConversionError):
    """A file is not the one whose sha256 is on record."""


class MissingPackageError(ConversionError):
    """An optional package that this step needs is not installed."""


class WeightsError(ConversionError):
    """Taught weights that do not fit into the released model's layers, or not into float16."""
