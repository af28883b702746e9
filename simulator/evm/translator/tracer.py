"""A tracing translator: code that is executed often, as functions of Python.

A trace begins where execution comes by often and follows it through jumps whose target is known.
Where a branch was never taken so far, the trace goes the other way, and execution leaves it if that
branch is taken after all: a *side exit*. While a trace is translated, the stack is a list of names
and numbers: moving values costs nothing then, and what is computed of constants is a constant.

Nothing can fail in a trace in another way than it would step by step:

- The function wants as many values on the stack as it needs, and room for as many as it adds. Where
  there are others, the instructions are executed one by one.
- Gas is added up and paid where it can be seen: where gas is asked for, where something is called
  that pays by itself, and at the end. Up to there nothing has happened that outlives running out
  of gas; memory may have grown for several uses at once.
- What a trace can't do, such as a jump to no destination, it leaves to the single instructions.

A trace that comes back to its beginning, with a stack as high as before, is a loop of Python's.
A model of the memory knows the words that were stored or loaded before (`memory_model.py`), and by
value numbering what is wanted twice is computed once (`builder.py`).

`CALLDATALOAD PUSH 1 PUSH 160 SHL PUSH 1 SWAP1 SUB AND DUP2 EQ PUSH 90 JUMPI` becomes, where it was
never equal so far:

    def trace(frame, values, gas, destinations=destinations):
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
    OPCODES,
    Arithmetic,
    Delegated,
    Helper,
    Opcode,
    Read,
    Stock,
)
from simulator.evm.interpreter.operations import MAX_WORD, SMALL_INPUT, WORD, Frame, hash_gas
from simulator.evm.interpreter.program import MAX_STACK, next_position, pushed
from simulator.evm.translator.builder import TraceBuilder, text_of
from simulator.evm.translator.memory_model import FAR, FIXED_BYTES, Location, Value

MAX_STEPS = 250
"""Instructions of one trace; the next one goes on behind it."""

JUMPS = {op.JUMP, op.JUMPI}
ENDS = {op.STOP, op.RETURN, op.REVERT}


class KnownCode(Protocol):
    """What is known about a code.

    Attributes:
        destinations: where jumps may lead.
    """

    code: bytes
    destinations: frozenset[int]

    def executed(self, position: int) -> bool:
        """Tell whether the instruction at a position was ever executed."""

    def begin_at(self, position: int) -> None:
        """Let a trace begin at a position too, once it is worth it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace as a function.

    Attributes:
        function: of a frame, its values and its gas; returns where execution goes on and the gas
            that is left, which is below zero where it has run out. A position below zero is that
            of an instruction to execute by itself, see `TracedProgram`.
        least: how many values there must be on the stack.
        most: how many values there may be on the stack.
    """

    function: Callable[[Frame, list[int], int], tuple[int, int]]
    least: int
    most: int


def trace_from(code: KnownCode, start: int, filename: str) -> Trace:
    """Translate the trace that begins at a position, under a name for tracebacks and profilers."""
    return _Tracer(code, start).trace(filename)


def _kind(kind: type[Opcode]) -> list[int]:
    return [opcode for opcode, entry in OPCODES.items() if isinstance(entry, kind)]


DELEGATED = frozenset(_kind(Delegated))


class _Tracer(TraceBuilder):
    """A trace while it is translated: what each instruction adds to it."""

    def __init__(self, code: KnownCode, start: int) -> None:
        super().__init__()
        self._code = code
        self._start = start
        self._conditions: dict[str, str] = {}  # what makes a variable one, and not zero

    def trace(self, filename: str) -> Trace:
        position: int | None = self._start
        steps = 0
        while position is not None and steps < MAX_STEPS:
            position = self._step(position)
            steps += 1
        if position is not None:
            self._go_on_at(position)
        function = self.function(self._code.destinations, filename)
        return Trace(function, len(self.inputs), MAX_STACK - self.highest)

    def _go_on_at(self, position: int, indent: str = "") -> None:
        """Go on at a position; a trace may begin there, and this one loops if it begins there."""
        if position == self._start and len(self.stack) == len(self.inputs):
            self.loop(indent)
            return
        self._code.begin_at(position)
        self.exit_to(str(position), indent)

    def _step(self, position: int) -> int | None:
        """Translate one instruction; return where the trace goes on, if it does."""
        code = self._code.code
        opcode = code[position] if position < len(code) else op.STOP
        if opcode in JUMPS:
            return self._jump(opcode, position)
        if opcode not in self._TRANSLATORS:
            self.exit_to(str(~position))
            return None
        if opcode in {op.MLOAD, op.MSTORE}:
            self._guard(position)
        if opcode not in DELEGATED:  # functions pay by themselves
            self.gas += _gas_of(opcode)
        self._TRANSLATORS[opcode](self, opcode, position)
        return None if opcode in ENDS else next_position(code, position)

    def _jump(self, opcode: int, position: int) -> int | None:
        code = self._code
        self.know(2 if opcode == op.JUMPI else 1)
        target = self.stack[-1]
        if opcode == op.JUMP and isinstance(target, str):
            self._jump_back(target, position)
            return None
        if isinstance(target, str) or target not in code.destinations:
            self.exit_to(str(~position))
            return None
        self.gas += _gas_of(opcode)
        self.stack.pop()
        return target if opcode == op.JUMP else self._branch(target, position + 1)

    def _jump_back(self, target: str, position: int) -> None:
        """Go on where some caller of this piece of code wants it, if that is a destination."""
        self.lines.append(f"if {target} not in destinations:")
        self.exit_to(str(~position), "    ")
        self.gas += _gas_of(op.JUMP)
        self.stack.pop()
        self.exit_to(target)

    def _branch(self, target: int, otherwise: int) -> int | None:
        """Go the one way that was gone so far; end the trace where that is both or neither."""
        condition = self.stack.pop()
        if isinstance(condition, int):
            return target if condition else otherwise
        # `if a < b` instead of `v = 1 if a < b else 0` and `if v`; an unused `v` is left out later
        condition = self._conditions.get(condition, condition)
        likely = self._code.executed(target), self._code.executed(otherwise)
        if likely == (True, False):
            self.lines.append(f"if {_negated(condition)}:")
            self._go_on_at(otherwise, "    ")
            return target
        self.lines.append(f"if {condition}:")
        self._go_on_at(target, "    ")
        if likely == (False, True):
            return otherwise
        self._go_on_at(otherwise)
        return None

    def _constant(self, _: int, position: int) -> None:
        self.push(pushed(self._code.code, position))

    def _copy(self, opcode: int, _: int) -> None:
        depth = opcode - op.DUP1 + 1
        self.know(depth)
        self.push(self.stack[-depth])

    def _swap(self, opcode: int, _: int) -> None:
        depth = opcode - op.SWAP1 + 2
        self.know(depth)
        stack = self.stack
        stack[-1], stack[-depth] = stack[-depth], stack[-1]

    def _pop(self, _: int, __: int) -> None:
        self.take(1)

    def _nothing(self, _: int, __: int) -> None:
        """Do nothing: a JUMPDEST only marks a place."""

    def _compute(self, opcode: int, _: int) -> None:
        entry: Any = OPCODES[opcode]
        operands = self.take(entry.takes)
        numbers = [operand for operand in operands if isinstance(operand, int)]
        if len(numbers) == entry.takes:
            self.push(entry.function(*numbers))
        elif opcode == op.ISZERO:
            self._negate(str(operands[0]))
        elif opcode not in {op.ADD, op.SUB} or not self._add(opcode, *operands):
            self._calculate(entry, operands)

    def _calculate(self, entry: Arithmetic, operands: list[Value]) -> None:
        if entry.commutes:
            operands.sort(key=str)
        small, formula = operands[entry.small], entry.formula
        if entry.shorter and isinstance(small, int) and 0 < small < 256:
            formula = entry.shorter
        text = formula.format(*map(text_of, operands))
        name = self.assign_numbered(text)
        if entry.compares:
            self._conditions[name] = text.removeprefix("1 if ").removesuffix(" else 0")

    def _negate(self, operand: str) -> None:
        condition = _negated(self._conditions.get(operand, operand))
        name = self.assign_numbered(f"1 if {condition} else 0")
        self._conditions[name] = condition

    def _add(self, opcode: int, one: Value, other: Value) -> bool:
        """Push a sum or a difference if it is a location; tell whether it is."""
        (base, offset), (second, more) = map(self.memory.location, (one, other))
        if opcode == op.SUB:
            if base == second:
                self.push((offset - more) & MAX_WORD)
                return True
            more = -more
        elif not base:
            base, second = second, base
        if second:
            return False
        location = base, (offset + more) & MAX_WORD
        if not location[1]:
            self.push(base)
            return True
        mask = "" if self.memory.is_certain(location) else " & MAX_WORD"
        name = self.assign_numbered(f"({base} + {location[1]:#x}){mask}")
        self.memory.note_location(location, name)
        return True

    def _read(self, opcode: int, _: int) -> None:
        entry: Any = OPCODES[opcode]
        text = entry.formula.format(*map(text_of, self.take(entry.takes)))
        if entry.fixed:
            self.assign_numbered(text)
        else:
            self.assign(text)

    def _guard(self, position: int) -> None:
        """Leave the trace where a pointer that is used here isn't one to allocated memory."""
        self.know(1)
        pointer = self.memory.wants_guard(self.stack[-1])
        if pointer is not None:
            self.lines.append(f"if not {FIXED_BYTES} <= {pointer} <= {FAR}:")
            self.exit_to(str(~position), "    ")
            self.memory.note_guard(pointer)

    def _load(self, _: int, __: int) -> None:
        (start,) = self.take(1)
        location = self.memory.location(start)
        value = self.memory.word(location)
        if value is None:
            self.assign(f'from_bytes({self._word(start, location)}, "big")')
            value = self.stack[-1]
        else:
            self.push(value)
        self.memory.note_load(location, value)

    def _store(self, _: int, __: int) -> None:
        start, value = self.take(2)
        location = self.memory.location(start)
        word = self._word(start, location)
        if isinstance(value, int):
            self.lines.append(f"{word} = {value.to_bytes(WORD)!r}")
        else:
            self.lines.append(f'{word} = {value}.to_bytes({WORD}, "big")')
        self.memory.note_store(location, value)

    def _word(self, start: Value, location: Location) -> str:
        """Have a word of memory; return what names it."""
        if self.memory.is_certain(location):
            return self.memory.reach(location, WORD)
        end = self.variable()
        self.lines += [
            f"{end} = {start} + {WORD}",
            f"if {end} > len(memory):",
            f"    gas = grow(memory, gas, {end})",
        ]
        return f"memory[{start}:{end}]"

    def _hash(self, opcode: int, position: int) -> None:
        self.know(2)
        start, size = self.stack[-1], self.stack[-2]
        location = self.memory.location(start)
        if not self.memory.is_certain(location) or isinstance(size, str) or not 0 < size < FAR:
            self._helper(opcode, position)
            return
        self.take(2)
        self.gas += hash_gas(size)
        function = "hash_small" if size <= SMALL_INPUT else "hash_of"
        self.assign(f"{function}(bytes({self.memory.reach(location, size)}))")

    def _gas_left(self, _: int, __: int) -> None:
        """Pay, and push what is left; that may go anywhere, so it must not be below zero."""
        self.memory.stop_merging()
        self.pay()
        self.gas = 0
        self.assign("gas")

    def _helper(self, opcode: int, _: int) -> None:
        entry: Any = OPCODES[opcode]
        operands = self._operands(entry)
        text = "".join(f", {text_of(operand)}" for operand in operands)
        call = f"{entry.function.__name__}(frame, gas - {self.gas}{text})"
        self.gas = 0
        if entry.gives:
            self.assign(call, ", gas")
        else:
            self.lines.append(f"gas = {call}")

    def _stock(self, opcode: int, _: int) -> None:
        entry: Any = OPCODES[opcode]
        text = ", ".join(map(text_of, reversed(self._operands(entry))))
        # the meter may be below zero from here on: py-evm's own pays too, and is out of gas then
        self.lines.append(f"meter.gas_remaining = gas - {self.gas}")
        self.gas = 0
        if text:
            self.lines.append(f"values.extend(({text},))")
        self.lines += [f"op_{opcode}(frame)", "gas = meter.gas_remaining"]
        if entry.gives:
            self.assign("values.pop()")

    def _operands(self, entry: Delegated) -> list[Value]:
        """Take what a call wants, and note what it does to the memory."""
        operands = self.take(entry.takes)
        if not entry.quiet:
            self.memory.stop_merging()
        if entry.writes is not None:
            self.memory.note_writes_from(operands[entry.writes])
        return operands

    _TRANSLATORS: ClassVar[dict[int, Callable[[Any, int, int], None]]] = {
        **dict.fromkeys(range(op.PUSH0, op.PUSH32 + 1), _constant),
        **dict.fromkeys(range(op.DUP1, op.DUP16 + 1), _copy),
        **dict.fromkeys(range(op.SWAP1, op.SWAP16 + 1), _swap),
        **dict.fromkeys(_kind(Arithmetic), _compute),
        **dict.fromkeys(_kind(Read), _read),
        **dict.fromkeys(_kind(Helper), _helper),
        **dict.fromkeys(_kind(Stock), _stock),
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
