"""One list of ABI values, to bytes and back.

Whatever is no more than words, `bytes` and texts is done here, which takes a tenth of the time:
nearly all calls and events are. Anything else, and whatever is wrong, is left to eth-abi, which is
loaded then: the model has no other need of it.
"""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

WORD = 32
ADDRESS_PADDING = bytes(12)

ToWord = Callable[[Any], bytes | None]
FromWord = Callable[[bytes], Any]
"""Conversions answer None for what they don't know."""


def _address_to_word(value: Any) -> bytes | None:
    usual = isinstance(value, bytes) and len(value) + len(ADDRESS_PADDING) == WORD
    return ADDRESS_PADDING + value if usual else None


def _address_from_word(word: bytes) -> str | None:
    return f"0x{word[12:].hex()}" if word.startswith(ADDRESS_PADDING) else None


def _bytes32_to_word(value: Any) -> bytes | None:
    return value if isinstance(value, bytes) and len(value) == WORD else None


def _bytes32_from_word(word: bytes) -> bytes:
    return word


def _number(bits: int) -> tuple[ToWord, FromWord]:
    limit = 1 << bits

    def to_word(value: Any) -> bytes | None:
        usual = type(value) is int and 0 <= value < limit
        return value.to_bytes(WORD, "big") if usual else None

    def from_word(word: bytes) -> int | None:
        value = int.from_bytes(word, "big")
        return value if value < limit else None

    return to_word, from_word


def _conversions(type_: str) -> tuple[ToWord, FromWord] | None:
    """Return how a type becomes a word and how a word becomes it; None for other types."""
    if type_ == "address":
        return _address_to_word, _address_from_word
    if type_ == "bytes32":
        return _bytes32_to_word, _bytes32_from_word
    number = re.fullmatch(r"uint(\d+)", type_)
    return _number(int(number[1])) if number else None


def _type(field: dict[str, Any]) -> str:
    """Return a type as signatures have it: a tuple as its parts."""
    type_: str = field["type"]
    if type_.startswith("tuple"):
        return f"({','.join(map(_type, field['components']))}){type_.removeprefix('tuple')}"
    return type_


def _behind(type_: str, value: Any) -> bytes | None:
    """Return what of a value stands behind the words; None if it is no `bytes` and no text."""
    if type_ == "bytes":
        return value if isinstance(value, bytes) else None
    return value.encode() if type_ == "string" and isinstance(value, str) else None


class NotEncoded(Exception):
    """Bytes are not what values of these types become."""


class Codec:
    """Encodes and decodes one list of ABI values.

    Args:
        fields: as a contract's ABI describes them.
    """

    def __init__(self, fields: Sequence[dict[str, Any]]) -> None:
        self.types = [_type(field) for field in fields]
        self.names = [field["name"] for field in fields]
        self._conversions = [_conversions(type_) for type_ in self.types]

    @cached_property
    def _encode(self) -> Callable[[Sequence[Any]], bytes]:
        from eth_abi.encoding import TupleEncoder  # noqa: PLC0415
        from eth_abi.registry import registry  # noqa: PLC0415

        encoders = [registry.get_encoder(type_) for type_ in self.types]
        return TupleEncoder(encoders=encoders)  # type: ignore[no-untyped-call]

    @cached_property
    def _decode(self) -> Callable[[bytes], tuple[Any, ...]]:
        from eth_abi.decoding import ContextFramesBytesIO, TupleDecoder  # noqa: PLC0415
        from eth_abi.exceptions import DecodingError  # noqa: PLC0415
        from eth_abi.registry import registry  # noqa: PLC0415

        decoders = [registry.get_decoder(type_) for type_ in self.types]
        decoder = TupleDecoder(decoders=decoders)  # type: ignore[no-untyped-call]

        def decode(data: bytes) -> tuple[Any, ...]:
            try:
                return tuple(decoder(ContextFramesBytesIO(data)))  # type: ignore[no-untyped-call]
            except (DecodingError, UnicodeDecodeError) as error:
                raise NotEncoded(str(error)) from None

        return decode

    def encode(self, values: Sequence[Any]) -> bytes:
        """Return values as bytes, in words and with what has no fixed length behind them."""
        usual = self._encode_words(values)
        return self._encode(values) if usual is None else usual

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """Return the values in bytes; addresses as lower-case text.

        Raises:
            NotEncoded: there are none of these types.
        """
        usual = self._decode_words(data)
        return self._decode(data) if usual is None else usual

    def _encode_words(self, values: Sequence[Any]) -> bytes | None:
        words: list[bytes] = []
        tail = b""
        if len(values) != len(self.types):
            return None
        for type_, conversion, value in zip(self.types, self._conversions, values, strict=True):
            if conversion is not None:
                word = conversion[0](value)
            elif (data := _behind(type_, value)) is not None:
                word = (WORD * len(values) + len(tail)).to_bytes(WORD, "big")
                tail += len(data).to_bytes(WORD, "big") + data + bytes(-len(data) % WORD)
            else:
                return None
            if word is None:
                return None
            words.append(word)
        return b"".join(words) + tail

    def _decode_words(self, data: bytes) -> tuple[Any, ...] | None:
        values = []
        if len(data) < WORD * len(self.types):
            return None
        for index, conversion in enumerate(self._conversions):
            if conversion is None:
                return None
            values.append(conversion[1](data[WORD * index : WORD * (index + 1)]))
        return None if None in values else tuple(values)
