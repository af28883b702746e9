"""Paths through a code that are taken often, each as one Python function.

A path begins where execution comes by often and follows it through jumps whose target is known.
Where a branch was never taken so far, the path goes the other way, and execution leaves it if that
branch is taken after all. While a path is translated, the stack is a list of names and numbers:
moving values costs nothing then, and what is computed of constants is a constant.

Nothing can fail in a path in another way than it would step by step:

- The function wants as many values on the stack as it needs, and room for as many as it adds. Where
  there are others, the instructions are executed one by one.
- Gas is added up and paid where it can be seen: where gas is asked for, where something is called
  that pays by itself, and at the end. Up to there nothing has happened that outlives running out
  of gas; memory may have grown for several uses at once.
- What a path can't do, such as a jump to no destination, it leaves to the single instructions.

A path that comes back to its beginning, with a stack as high as before, is a loop of Python's.
Words of memory that were stored or loaded before are known (`memory.py`), and what is wanted twice
is computed once (`draft.py`).

`CALLDATALOAD PUSH 1 PUSH 160 SHL PUSH 1 SWAP1 SUB AND DUP2 EQ PUSH 90 JUMPI` becomes, where it was
never equal so far:

    def path(frame, values, gas):
        data = frame.msg.data
        s1 = values[-1]
        s2 = values[-2]
        v1 = word_at(data, s1)
        v2 = 0xffffffffffffffffffffffffffffffffffffffff & v1
        if s2 == v2:
            del values[-1:]
            return 90, gas - 43
        ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from eth.vm import opcode_values as op
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES

from simulator.evm.interpreter.opcodes import (
    ARITHMETIC,
    COMMUTATIVE,
    COMPARISONS,
    HELPERS,
    QUIET,
    READS,
    SHORTER,
    STOCK,
    WRITES,
)
from simulator.evm.interpreter.operations import MAX_WORD, SMALL_INPUT, WORD, Frame, hash_gas
from simulator.evm.translator.builder import Draft, text_of
from simulator.evm.translator.memory_model import FAR, FIXED_BYTES, Place, Value

MAX_STACK = 1024

MAX_STEPS = 250
"""Instructions of one path; the next one goes on behind it."""

JUMPS = {op.JUMP, op.JUMPI}
ENDS = {op.STOP, op.RETURN, op.REVERT}


class Code(Protocol):
    """What is known about a code.

    Attributes:
        destinations: where jumps may lead.
    """

    code: bytes
    destinations: frozenset[int]

    def seen(self, position: int) -> bool:
        """Tell whether the instruction at a position was ever executed."""

    def begin_at(self, position: int) -> None:
        """Let a path begin at a position too, once it is worth it."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path as a function.

    Attributes:
        function: of a frame, its values and its gas; returns where execution goes on and the gas
            that is left, which is below zero where it has run out.
        least: how many values there must be on the stack.
        most: how many values there may be on the stack.
    """

    function: Callable[[Frame, list[int], int], tuple[int, int]]
    least: int
    most: int


def following(code: bytes, position: int) -> int:
    """Return where the instruction behind the one at a position is."""
    opcode = code[position]
    return position + (opcode - op.PUSH1 + 2 if op.PUSH1 <= opcode <= op.PUSH32 else 1)


def pushed(code: bytes, position: int) -> int:
    """Return what the PUSH at a position pushes; behind the end of a code there are zeros."""
    end = following(code, position)
    return int.from_bytes(code[position + 1 : end].ljust(end - position - 1, b"\0"), "big")


def path_from(code: Code, start: int) -> Path:
    """Translate the path that begins at a position."""
    return _Translation(code, start).path()


class _Translation(Draft):
    """A path while it is translated."""

    def __init__(self, code: Code, start: int) -> None:
        super().__init__()
        self._code = code
        self._start = start
        self._conditions: dict[str, str] = {}  # what makes a variable one, and not zero

    def path(self) -> Path:
        position: int | None = self._start
        steps = 0
        while position is not None and steps < MAX_STEPS:
            position = self._step(position)
            steps += 1
        if position is not None:
            self._leave_for(position)
        function = self.function(self._code.destinations)
        return Path(function, len(self.inputs), MAX_STACK - self.highest)

    # -- leaving -------------------------------------------------------------------------

    def _leave_for(self, position: int, indent: str = "") -> None:
        """Go on at a position; a path may begin there, and this one does where it makes a loop."""
        if position == self._start and len(self.stack) == len(self.inputs):
            self.repeat(indent)
            return
        self._code.begin_at(position)
        self.leave(str(position), indent)

    # -- instructions --------------------------------------------------------------------

    def _step(self, position: int) -> int | None:
        """Translate one instruction; return where the path goes on, if it does."""
        code = self._code.code
        opcode = code[position] if position < len(code) else op.STOP
        if opcode in JUMPS:
            return self._jump(opcode, position)
        if opcode not in self._TRANSLATORS:
            self.leave(str(~position))
            return None
        if opcode in {op.MLOAD, op.MSTORE}:
            self._make_sure(position)
        if opcode not in HELPERS and opcode not in STOCK:
            self.gas += _gas_of(opcode)
        self._TRANSLATORS[opcode](self, opcode, position)
        return None if opcode in ENDS else following(code, position)

    def _jump(self, opcode: int, position: int) -> int | None:
        code = self._code
        self.reach(2 if opcode == op.JUMPI else 1)
        target = self.stack[-1]
        if opcode == op.JUMP and isinstance(target, str):
            self._jump_back(target, position)
            return None
        if isinstance(target, str) or target not in code.destinations:
            self.leave(str(~position))
            return None
        self.gas += _gas_of(opcode)
        self.stack.pop()
        return target if opcode == op.JUMP else self._branch(target, position + 1)

    def _jump_back(self, target: str, position: int) -> None:
        """Go on where some caller of this piece of code wants it, if that is a destination."""
        self.lines.append(f"if {target} not in destinations:")
        self.leave(str(~position), "    ")
        self.gas += _gas_of(op.JUMP)
        self.stack.pop()
        self.leave(target)

    def _branch(self, target: int, otherwise: int) -> int | None:
        """Go the one way that was gone so far; leave the path where that is both."""
        condition = self.stack.pop()
        if isinstance(condition, int):
            return target if condition else otherwise
        condition = self._conditions.get(condition, condition)
        likely = self._code.seen(target), self._code.seen(otherwise)
        if likely == (True, False):
            self.lines.append(f"if {_negated(condition)}:")
            self._leave_for(otherwise, "    ")
            return target
        self.lines.append(f"if {condition}:")
        self._leave_for(target, "    ")
        if likely == (False, True):
            return otherwise
        self._leave_for(otherwise)
        return None

    def _constant(self, _: int, position: int) -> None:
        self.push(pushed(self._code.code, position))

    def _copy(self, opcode: int, _: int) -> None:
        depth = opcode - op.DUP1 + 1
        self.reach(depth)
        self.push(self.stack[-depth])

    def _swap(self, opcode: int, _: int) -> None:
        depth = opcode - op.SWAP1 + 2
        self.reach(depth)
        stack = self.stack
        stack[-1], stack[-depth] = stack[-depth], stack[-1]

    def _pop(self, _: int, __: int) -> None:
        self.take(1)

    def _nothing(self, _: int, __: int) -> None:
        """Do nothing: a JUMPDEST only marks a place."""

    def _compute(self, opcode: int, _: int) -> None:
        function, formula, count = ARITHMETIC[opcode]
        operands = self.take(count)
        numbers = [operand for operand in operands if isinstance(operand, int)]
        if len(numbers) == count:
            self.push(function(*numbers))
        elif opcode == op.ISZERO:
            self._negate(str(operands[0]))
        elif opcode not in {op.ADD, op.SUB} or not self._add(opcode, *operands):
            if opcode in COMMUTATIVE:
                operands.sort(key=str)
            which, shorter = SHORTER.get(opcode, (0, formula))
            known = operands[which]
            if isinstance(known, int) and 0 < known < 256:
                formula = shorter
            text = formula.format(*map(text_of, operands))
            name = self.assign_once(text)
            if opcode in COMPARISONS:
                self._conditions[name] = text.removeprefix("1 if ").removesuffix(" else 0")

    def _negate(self, operand: str) -> None:
        condition = _negated(self._conditions.get(operand, operand))
        name = self.assign_once(f"1 if {condition} else 0")
        self._conditions[name] = condition

    def _add(self, opcode: int, one: Value, other: Value) -> bool:
        """Push a sum or a difference if it is a place; tell whether it is."""
        (base, offset), (second, more) = map(self.memory.place, (one, other))
        if opcode == op.SUB:
            if base == second:
                self.push((offset - more) & MAX_WORD)
                return True
            more = -more
        elif not base:
            base, second = second, base
        if second:
            return False
        place = base, (offset + more) & MAX_WORD
        if not place[1]:
            self.push(base)
            return True
        mask = "" if self.memory.fixed(place) else " & MAX_WORD"
        self.memory.name(place, self.assign_once(f"({base} + {place[1]:#x}){mask}"))
        return True

    def _read(self, opcode: int, _: int) -> None:
        formula, count = READS[opcode]
        text = formula.format(*map(text_of, self.take(count)))
        if opcode == op.RETURNDATASIZE:
            self.assign(text)
        else:
            self.assign_once(text)

    # -- memory --------------------------------------------------------------------------

    def _make_sure(self, position: int) -> None:
        """Leave the path where a pointer that is used here isn't one to allocated memory."""
        self.reach(1)
        pointer = self.memory.doubtful(self.stack[-1])
        if pointer is not None:
            self.lines.append(f"if not {FIXED_BYTES} <= {pointer} <= {FAR}:")
            self.leave(str(~position), "    ")
            self.memory.make_sure(pointer)

    def _load(self, _: int, __: int) -> None:
        (start,) = self.take(1)
        place = self.memory.place(start)
        value = self.memory.word(place)
        if value is None:
            self.assign(f'from_bytes({self._word(start, place)}, "big")')
            value = self.stack[-1]
        else:
            self.push(value)
        self.memory.load(place, value)

    def _store(self, _: int, __: int) -> None:
        start, value = self.take(2)
        place = self.memory.place(start)
        word = self._word(start, place)
        if isinstance(value, int):
            self.lines.append(f"{word} = {value.to_bytes(WORD)!r}")
        else:
            self.lines.append(f'{word} = {value}.to_bytes({WORD}, "big")')
        self.memory.store(place, value)

    def _word(self, start: Value, place: Place) -> str:
        """Have a word of memory; return what names it."""
        if self.memory.fixed(place):
            return self.memory.reach(place, WORD)
        end = self.variable()
        self.lines += [
            f"{end} = {start} + {WORD}",
            f"if {end} > len(memory):",
            f"    gas = grow(memory, gas, {end})",
        ]
        return f"memory[{start}:{end}]"

    def _hash(self, opcode: int, position: int) -> None:
        self.reach(2)
        start, size = self.stack[-1], self.stack[-2]
        place = self.memory.place(start)
        if not self.memory.fixed(place) or isinstance(size, str) or not 0 < size < FAR:
            self._helper(opcode, position)
            return
        self.take(2)
        self.gas += hash_gas(size)
        function = "hash_small" if size <= SMALL_INPUT else "hash_of"
        self.assign(f"{function}(bytes({self.memory.reach(place, size)}))")

    # -- calls ---------------------------------------------------------------------------

    def _gas_left(self, _: int, __: int) -> None:
        """Pay, and push what is left; a debt is noticed at once, since that may go anywhere."""
        self.memory.settle()
        self.pay()
        self.gas = 0
        self.assign("gas")

    def _helper(self, opcode: int, _: int) -> None:
        helper, takes, gives = HELPERS[opcode]
        operands = self.take(takes)
        self._note_write(opcode, operands)
        text = "".join(f", {text_of(operand)}" for operand in operands)
        call = f"{helper.__name__}(frame, gas - {self.gas}{text})"
        self.gas = 0
        if gives:
            self.assign(call, ", gas")
        else:
            self.lines.append(f"gas = {call}")

    def _stock(self, opcode: int, _: int) -> None:
        takes, gives = STOCK[opcode]
        operands = self.take(takes)
        self._note_write(opcode, operands)
        text = ", ".join(map(text_of, reversed(operands)))
        # the meter knows what is left; what comes next pays too, and notices a debt
        self.lines.append(f"meter.gas_remaining = gas - {self.gas}")
        self.gas = 0
        if text:
            self.lines.append(f"values.extend(({text},))")
        self.lines += [f"op_{opcode}(frame)", "gas = meter.gas_remaining"]
        if gives:
            self.assign("values.pop()")

    def _note_write(self, opcode: int, operands: list[Value]) -> None:
        if opcode not in QUIET:
            self.memory.settle()
        if opcode in WRITES:
            self.memory.forget(operands[WRITES[opcode]])

    _TRANSLATORS: ClassVar[dict[int, Callable[[Any, int, int], None]]] = {
        **dict.fromkeys(range(op.PUSH0, op.PUSH32 + 1), _constant),
        **dict.fromkeys(range(op.DUP1, op.DUP16 + 1), _copy),
        **dict.fromkeys(range(op.SWAP1, op.SWAP16 + 1), _swap),
        **dict.fromkeys(ARITHMETIC, _compute),
        **dict.fromkeys(READS, _read),
        **dict.fromkeys(HELPERS, _helper),
        **dict.fromkeys(STOCK, _stock),
        op.POP: _pop,
        op.JUMPDEST: _nothing,
        op.MLOAD: _load,
        op.MSTORE: _store,
        op.GAS: _gas_left,
        op.SHA3: _hash,
    }


def _negated(condition: str) -> str:
    return condition.removeprefix("not ") if condition.startswith("not ") else f"not {condition}"


def _gas_of(opcode: int) -> int:
    known: Any = PRAGUE_OPCODES[opcode]
    gas: int = known.gas_cost
    return gas
