"""Paths through a code that are taken often, each as one Python function.

A path begins where execution comes by often and follows it through jumps whose target is known.
Where a branch was never taken so far, the path goes the other way, and execution leaves it if that
branch is taken after all. While a path is translated, the stack is a list of names and numbers:
moving values costs nothing then, and what is computed of constants is a constant.

Nothing can fail in a path in another way than it would step by step:

- The function wants as many values on the stack as it needs, and room for as many as it adds. Where
  there are others, the instructions are executed one by one.
- Gas is added up and paid where it can be seen: where py-evm's instructions are called, and at the
  end. Up to there nothing has happened that outlives running out of gas.
- What a path can't do, such as a jump to no destination, it leaves to the single instructions.

`CALLDATALOAD PUSH 1 PUSH 160 SHL PUSH 1 SWAP1 SUB AND DUP2 EQ PUSH 90 JUMPI` becomes, where it was
never equal so far:

    def path(frame, values, gas):
        data = frame.msg.data
        s1 = values[-1]
        s2 = values[-2]
        v1 = word_at(data, s1)
        v2 = 0xffffffffffffffffffffffffffffffffffffffff & v1
        v3 = 1 if s2 == v2 else 0
        if v3:
            del values[-1:]
            return 90, gas - 43
        ...
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from eth.vm import opcode_values as op
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES

from simulator.chain.engines.helpers import WORD, Frame, grow, word_at
from simulator.chain.engines.instructions import (
    ARITHMETIC,
    HELPERS,
    MAX_WORD,
    READS,
    SIGN,
    STOCK,
)

MAX_STACK = 1024

MAX_STEPS = 250
"""Instructions of one path; the next one goes on behind it."""

JUMPS = {op.JUMP, op.JUMPI}
ENDS = {op.STOP, op.RETURN, op.REVERT}

BINDINGS = {
    "memory": "frame.memory_bytes",
    "meter": "frame.meter",
    "message": "frame.msg",
    "data": "frame.msg.data",
    "block": "frame.state.execution_context",
}
"""What a function gets from its frame at its beginning, if it uses it."""


_NAMES: dict[str, Any] = {
    "MAX_WORD": MAX_WORD,
    "SIGN": SIGN,
    "from_bytes": int.from_bytes,
    "grow": grow,
    "word_at": word_at,
    **{helper.__name__: helper for helper, _, _ in HELPERS.values()},
    **{f"op_{opcode}": PRAGUE_OPCODES[opcode] for opcode in STOCK},
}


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
    return _Translation(code).of(start)


Value = int | str
"""A value while it is translated: a number, or the name of a variable."""


class _Translation:
    """One path while it is translated: the lines so far, and what is where after them."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._lines: list[str] = []
        self._inputs: list[Value] = []  # what was on the stack, as deep as anybody looked
        self._stack: list[Value] = []  # what is there now, from the same depth on
        self._highest = 1  # py-evm's may push one while all that was taken is still there
        self._variables = 0
        self._gas = 0  # of the instructions since gas was last paid
        self._memory = 0  # how much is there for sure

    def of(self, start: int) -> Path:
        position: int | None = start
        steps = 0
        while position is not None and steps < MAX_STEPS:
            position = self._step(position)
            steps += 1
        if position is not None:
            self._leave_for(position)
        return Path(self._function(), len(self._inputs), MAX_STACK - self._highest)

    def _function(self) -> Any:
        used = set(re.findall(r"\w+", "\n".join(self._lines)))
        inputs = {f"s{n + 1}": f"values[-{n + 1}]" for n in range(len(self._inputs))}
        sources = {**BINDINGS, **inputs}
        bound = [f"{name} = {source}" for name, source in sources.items() if name in used]
        head = "def path(frame, values, gas, destinations=destinations):"
        source = "\n    ".join((head, *bound, *self._lines))
        made: dict[str, Any] = {"destinations": self._code.destinations}
        exec(compile(source, "<a path>", "exec"), _NAMES, made)  # noqa: S102 - written here
        return made["path"]

    # -- the stack -----------------------------------------------------------------------

    def _reach(self, depth: int) -> None:
        """Know at least as many values as that."""
        while len(self._stack) < depth:
            name = f"s{len(self._inputs) + 1}"
            self._inputs.insert(0, name)
            self._stack.insert(0, name)

    def _take(self, count: int) -> list[Value]:
        """Take values from the stack, the uppermost first."""
        self._reach(count)
        return [self._stack.pop() for _ in range(count)]

    def _push(self, value: Value) -> None:
        self._stack.append(value)
        self._highest = max(self._highest, len(self._stack) - len(self._inputs))

    def _assign(self, expression: str, also: str = "") -> None:
        """Push what an expression is now."""
        self._variables += 1
        name = f"v{self._variables}"
        self._lines.append(f"{name}{also} = {expression}")
        self._push(name)

    # -- leaving -------------------------------------------------------------------------

    def _leave_for(self, position: int, indent: str = "") -> None:
        """Go on at a position; a path may begin there."""
        self._code.begin_at(position)
        self._leave(str(position), indent)

    def _leave(self, position: str, indent: str = "") -> None:
        """Put the stack in order and go on somewhere else."""
        before, now = self._inputs, self._stack
        same = 0
        while same < min(len(before), len(now)) and before[same] == now[same]:
            same += 1
        gone, new = len(before) - same, ", ".join(map(_text, now[same:]))
        if gone and new:
            self._lines.append(f"{indent}values[-{gone}:] = ({new},)")
        elif gone:
            self._lines.append(f"{indent}del values[-{gone}:]")
        elif new:
            self._lines.append(f"{indent}values.extend(({new},))")
        self._lines.append(f"{indent}return {position}, gas - {self._gas}")

    # -- instructions --------------------------------------------------------------------

    def _step(self, position: int) -> int | None:
        """Translate one instruction; return where the path goes on, if it does."""
        code = self._code.code
        opcode = code[position] if position < len(code) else op.STOP
        if opcode in JUMPS:
            return self._jump(opcode, position)
        if opcode not in self._TRANSLATORS:
            self._leave(str(~position))
            return None
        if opcode not in HELPERS and opcode not in STOCK:
            self._gas += _gas_of(opcode)
        self._TRANSLATORS[opcode](self, opcode, position)
        return None if opcode in ENDS else following(code, position)

    def _jump(self, opcode: int, position: int) -> int | None:
        code = self._code
        self._reach(2 if opcode == op.JUMPI else 1)
        target = self._stack[-1]
        if opcode == op.JUMP and isinstance(target, str):
            self._jump_back(target, position)
            return None
        if isinstance(target, str) or target not in code.destinations:
            self._leave(str(~position))
            return None
        self._gas += _gas_of(opcode)
        self._stack.pop()
        return target if opcode == op.JUMP else self._branch(target, position + 1)

    def _jump_back(self, target: str, position: int) -> None:
        """Go on where some caller of this piece of code wants it, if that is a destination."""
        self._lines.append(f"if {target} not in destinations:")
        self._leave(str(~position), "    ")
        self._gas += _gas_of(op.JUMP)
        self._stack.pop()
        self._leave(target)

    def _branch(self, target: int, otherwise: int) -> int | None:
        """Go the one way that was gone so far; leave the path where that is both."""
        condition = _text(self._stack.pop())
        likely = self._code.seen(target), self._code.seen(otherwise)
        if likely == (True, False):
            self._lines.append(f"if not {condition}:")
            self._leave_for(otherwise, "    ")
            return target
        self._lines.append(f"if {condition}:")
        self._leave_for(target, "    ")
        if likely == (False, True):
            return otherwise
        self._leave_for(otherwise)
        return None

    def _constant(self, _: int, position: int) -> None:
        self._push(pushed(self._code.code, position))

    def _copy(self, opcode: int, _: int) -> None:
        depth = opcode - op.DUP1 + 1
        self._reach(depth)
        self._push(self._stack[-depth])

    def _swap(self, opcode: int, _: int) -> None:
        depth = opcode - op.SWAP1 + 2
        self._reach(depth)
        stack = self._stack
        stack[-1], stack[-depth] = stack[-depth], stack[-1]

    def _pop(self, _: int, __: int) -> None:
        self._take(1)

    def _nothing(self, _: int, __: int) -> None:
        """Do nothing: a JUMPDEST only marks a place."""

    def _compute(self, opcode: int, _: int) -> None:
        function, formula, count = ARITHMETIC[opcode]
        operands = self._take(count)
        numbers = [operand for operand in operands if isinstance(operand, int)]
        if len(numbers) == count:
            self._push(function(*numbers))
        else:
            self._assign(formula.format(*map(_text, operands)))

    def _read(self, opcode: int, _: int) -> None:
        formula, count = READS[opcode]
        self._assign(formula.format(*map(_text, self._take(count))))

    def _load(self, _: int, __: int) -> None:
        (start,) = self._take(1)
        self._assign(f'from_bytes({self._range(start)}, "big")')

    def _store(self, _: int, __: int) -> None:
        start, value = self._take(2)
        place = self._range(start)
        if isinstance(value, int):
            self._lines.append(f"{place} = {value.to_bytes(WORD)!r}")
        else:
            self._lines.append(f'{place} = {value}.to_bytes({WORD}, "big")')

    def _range(self, start: Value) -> str:
        """Have a word of memory; return what names it."""
        if isinstance(start, int):
            end = str(start + WORD)
            if start + WORD <= self._memory:
                return f"memory[{start}:{end}]"
            self._memory = start + WORD
        else:
            self._variables += 1
            end = f"v{self._variables}"
            self._lines.append(f"{end} = {start} + {WORD}")
        self._lines.append(f"if {end} > len(memory):")
        self._lines.append(f"    gas = grow(memory, gas, {end})")
        return f"memory[{start}:{end}]"

    def _gas_left(self, _: int, __: int) -> None:
        """Pay, and push what is left; a debt is noticed at once, since that may go anywhere."""
        self._lines += [f"gas -= {self._gas}", "if gas < 0:", "    return 0, gas"]
        self._gas = 0
        self._assign("gas")

    def _helper(self, opcode: int, _: int) -> None:
        helper, takes, gives = HELPERS[opcode]
        operands = "".join(f", {_text(operand)}" for operand in self._take(takes))
        call = f"{helper.__name__}(frame, gas - {self._gas}{operands})"
        self._gas = 0
        if gives:
            self._assign(call, ", gas")
        else:
            self._lines.append(f"gas = {call}")

    def _stock(self, opcode: int, _: int) -> None:
        takes, gives = STOCK[opcode]
        operands = ", ".join(map(_text, reversed(self._take(takes))))
        # the meter knows what is left; what comes next pays too, and notices a debt
        self._lines.append(f"meter.gas_remaining = gas - {self._gas}")
        self._gas = 0
        if operands:
            self._lines.append(f"values.extend(({operands},))")
        self._lines += [f"op_{opcode}(frame)", "gas = meter.gas_remaining"]
        if gives:
            self._assign("values.pop()")

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
    }


def _text(value: Value) -> str:
    return value if isinstance(value, str) else hex(value)


def _gas_of(opcode: int) -> int:
    known: Any = PRAGUE_OPCODES[opcode]
    gas: int = known.gas_cost
    return gas
