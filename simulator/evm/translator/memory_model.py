"""What is known of the memory, and of places in it, while a path is translated.

Solidity keeps a pointer to free memory at 64 and reads it again for every use. A word that was just
stored or loaded is known, so the pointer is, and a place is a number, or some pointer and a number
behind it. Places that differ by a word or more never overlap; of a pointer and a number nothing is
known, unless the path has made sure that the pointer lies behind what is at fixed places.
"""

from simulator.evm.interpreter.operations import MAX_WORD, WORD

Value = int | str
"""A value while it is translated: a number, or the name of a variable."""

Place = tuple[str, int]
"""A variable, "" for none, and what is added to it, modulo 2 ** 256."""

FREE_POINTER = ("", 0x40)
"""Where Solidity keeps the pointer to free memory."""

FIXED_BYTES = 0x80
"""How much memory Solidity has for fixed places; what is allocated comes behind it."""

FAR = 2**32
"""Below this, places are added without a thought of overflows; more memory nobody can pay for."""


class Memory:
    """Knowledge about the memory at the point that a translation has reached.

    Args:
        lines: of the path so far; where memory must grow, that is added here.
    """

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._places: dict[str, Place] = {}
        self._words: dict[Place, Value] = {}
        self._pointers: set[str] = set()  # worth making sure of
        self._sure: set[str] = set()  # those at least FIXED_BYTES and at most FAR
        self._ends: dict[str, int] = {"": 0}  # how far behind a variable memory reaches for sure
        self._growing: dict[str, int] = {}  # lines that may still let it grow more

    # -- places --------------------------------------------------------------------------

    def place(self, value: Value) -> Place:
        """Return what place a value is, if it is one."""
        return ("", value) if isinstance(value, int) else self._places.get(value, (value, 0))

    def name(self, place: Place, name: str) -> None:
        """Note that a variable is a place."""
        self._places[name] = place

    def fixed(self, place: Place) -> bool:
        """Tell whether a place is a number, or one behind a pointer that is sure."""
        return not place[0] or (place[0] in self._sure and place[1] < FAR)

    def doubtful(self, value: Value) -> str | None:
        """Return the pointer that must be made sure before a value is used as a place, if any."""
        base, offset = self.place(value)
        return base if base in self._pointers - self._sure and offset < FAR else None

    def make_sure(self, pointer: str) -> None:
        """Note that a pointer is between FIXED_BYTES and FAR from here on."""
        self._sure.add(pointer)

    # -- words ---------------------------------------------------------------------------

    def word(self, place: Place) -> Value | None:
        """Return the word at a place, if it is known."""
        return self._words.get(place)

    def load(self, place: Place, value: Value) -> None:
        """Note what word is at a place."""
        self._words[place] = value
        if place == FREE_POINTER and isinstance(value, str):
            self._pointers.add(self.place(value)[0])

    def store(self, place: Place, value: Value) -> None:
        """Note that a word is written."""
        self._words = {
            other: word for other, word in self._words.items() if self._apart(place, other)
        }
        self._words[place] = value

    def forget(self, start: Value) -> None:
        """Note that memory is written, nobody knows how much, from a place on."""
        base, offset = place = self.place(start)
        fixed = FIXED_BYTES if base else offset
        below = fixed - WORD if self.fixed(place) else -1
        self._words = {
            other: word for other, word in self._words.items() if not other[0] and other[1] <= below
        }

    def _apart(self, one: Place, other: Place) -> bool:
        """Tell whether two words don't overlap for sure."""
        if one[0] == other[0]:
            return WORD <= (one[1] - other[1]) & MAX_WORD <= MAX_WORD + 1 - WORD
        number, behind = sorted((one, other))
        return not number[0] and number[1] <= FIXED_BYTES - WORD and self.fixed(behind)

    # -- size ----------------------------------------------------------------------------

    def reach(self, place: Place, size: int) -> str:
        """Have memory at a fixed place; return what names it.

        Where it has just grown, and nobody has looked since, it grows as much as both want.
        """
        base, offset = place
        end = offset + size
        before, after = (f"{base} + {offset}", f"{base} + {end}") if base else (offset, end)
        if end > self._ends.get(base, 0):
            if base not in self._growing:
                self._growing[base] = len(self._lines)
                self._lines += ["", ""]
            line = self._growing[base]
            self._lines[line] = f"if {after} > len(memory):"
            self._lines[line + 1] = f"    gas = grow(memory, gas, {after})"
            self._ends[base] = end
            self._ends[""] = max(self._ends[""], FIXED_BYTES + end if base else 0)
        return f"memory[{before}:{after}]"

    def settle(self) -> None:
        """Let what comes next see the size of the memory, and what was paid for it."""
        self._growing.clear()
