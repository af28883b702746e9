"""A model of the memory: what is known of it while a trace is translated.

Solidity keeps a pointer to free memory at 64 and reads it again for every use. A word that was just
stored or loaded is known, so the pointer is, and a location is a number, or some pointer and a
number behind it. Locations that differ by a word or more never overlap; of a pointer and a number
nothing is known, unless a guard of the trace has made sure that the pointer lies behind what is at
fixed locations.
"""

from simulator.evm.interpreter.operations import MAX_WORD, WORD

Value = int | str
"""A value while it is translated: a number, or the name of a variable."""

Location = tuple[str, int]
"""A variable, "" for none, and what is added to it, modulo 2 ** 256."""

FREE_POINTER = ("", 0x40)
"""Where Solidity keeps the pointer to free memory."""

FIXED_BYTES = 0x80
"""How much memory Solidity has for fixed locations; what is allocated comes behind it."""

FAR = 2**32
"""Below this, locations are added without a thought of overflows; no gas pays for more memory."""


class MemoryModel:
    """Knowledge about the memory at the point that a translation has reached.

    Args:
        lines: of the trace so far; where memory must grow, that is added here.
    """

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._locations: dict[str, Location] = {}
        self._words: dict[Location, Value] = {}
        self._pointers: set[str] = set()  # worth a guard
        self._guarded: set[str] = set()  # those at least FIXED_BYTES and at most FAR
        self._ends: dict[str, int] = {"": 0}  # how far behind a variable memory reaches for sure
        self._growing: dict[str, int] = {}  # lines that may still let it grow more

    def location(self, value: Value) -> Location:
        """Return what location a value is, if it is one."""
        return ("", value) if isinstance(value, int) else self._locations.get(value, (value, 0))

    def note_location(self, location: Location, variable: str) -> None:
        """Note that a variable is a location."""
        self._locations[variable] = location

    def is_certain(self, location: Location) -> bool:
        """Tell whether a location is a number, or one behind a guarded pointer."""
        return not location[0] or (location[0] in self._guarded and location[1] < FAR)

    def wants_guard(self, value: Value) -> str | None:
        """Return the pointer that needs a guard before a value is used as a location, if any."""
        base, offset = self.location(value)
        return base if base in self._pointers - self._guarded and offset < FAR else None

    def note_guard(self, pointer: str) -> None:
        """Note that a pointer is between FIXED_BYTES and FAR from here on."""
        self._guarded.add(pointer)

    def word(self, location: Location) -> Value | None:
        """Return the word at a location, if it is known."""
        return self._words.get(location)

    def note_load(self, location: Location, value: Value) -> None:
        """Note what word is at a location."""
        self._words[location] = value
        if location == FREE_POINTER and isinstance(value, str):
            self._pointers.add(self.location(value)[0])

    def note_store(self, location: Location, value: Value) -> None:
        """Note that a word is written; those that it may overlap are unknown from here on."""
        self._words = {
            other: word
            for other, word in self._words.items()
            if self._never_overlap(location, other)
        }
        self._words[location] = value

    def note_writes_from(self, start: Value) -> None:
        """Note that memory is written from a location on, nobody knows how much."""
        base, offset = location = self.location(start)
        fixed = FIXED_BYTES if base else offset
        below = fixed - WORD if self.is_certain(location) else -1
        self._words = {
            other: word for other, word in self._words.items() if not other[0] and other[1] <= below
        }

    def _never_overlap(self, one: Location, other: Location) -> bool:
        """Tell whether two words don't overlap for sure."""
        if one[0] == other[0]:
            return WORD <= (one[1] - other[1]) & MAX_WORD <= MAX_WORD + 1 - WORD
        number, behind = sorted((one, other))
        # fixed locations end before what a guarded pointer can point to
        return not number[0] and number[1] <= FIXED_BYTES - WORD and self.is_certain(behind)

    def reach(self, location: Location, size: int) -> str:
        """Have memory at a certain location; return what names it.

        Where it has just grown, and nobody has looked since, it grows as much as both want: its
        price depends on where it ends, not on the steps in which it got there.
        """
        base, offset = location
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

    def stop_merging(self) -> None:
        """Let what comes next see the size of the memory, and what was paid for it."""
        self._growing.clear()
