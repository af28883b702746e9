"""A function of Python that is being written, and what is known where its lines have got to.

This is half of the translator: the stack as names and numbers, value numbering, gas that is still
to be paid, and the lines. What instructions mean is the other half (`tracer.py`).
"""

import re
from typing import Any

from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES

from simulator.evm.interpreter.opcodes import OPCODES, SIGN, Helper, Stock
from simulator.evm.interpreter.operations import MAX_WORD, grow, hash_of, hash_small, word_at
from simulator.evm.translator.memory_model import MemoryModel, Value
from simulator.evm.translator.source import keep

NAME = re.compile(r"\w+")
ASSIGNMENT = re.compile(r"(v\d+) = (?!values\.pop)")
"""A line that does nothing but give a variable its value."""

LOOP = "continue"

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
    "hash_of": hash_of,
    "hash_small": hash_small,
    "word_at": word_at,
}
for _opcode, _entry in OPCODES.items():
    if isinstance(_entry, Helper):
        _NAMES[_entry.function.__name__] = _entry.function
    elif isinstance(_entry, Stock):
        _NAMES[f"op_{_opcode}"] = PRAGUE_OPCODES[_opcode]


class TraceBuilder:
    """The lines of a trace so far, and what is where after them.

    Attributes:
        inputs: what was on the stack at the beginning, as deep as anybody looked.
        stack: what is there now, from the same depth on.
        highest: how many values more than at the beginning there were.
        gas: of the instructions since gas was last paid.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.inputs: list[Value] = []
        self.stack: list[Value] = []
        self.highest = 1  # py-evm's may push one while all that was taken is still there
        self.gas = 0
        self.memory = MemoryModel(self.lines)
        self._variables = 0
        self._numbering: dict[str, str] = {}  # variables by what they are

    def know(self, depth: int) -> None:
        """Have names for at least as many values as that."""
        while len(self.stack) < depth:
            name = f"s{len(self.inputs) + 1}"
            self.inputs.insert(0, name)
            self.stack.insert(0, name)

    def take(self, count: int) -> list[Value]:
        """Take values from the stack, the uppermost first."""
        self.know(count)
        return [self.stack.pop() for _ in range(count)]

    def push(self, value: Value) -> None:
        """Put a value onto the stack."""
        self.stack.append(value)
        self.highest = max(self.highest, len(self.stack) - len(self.inputs))

    def variable(self) -> str:
        """Return a name that nothing has so far."""
        self._variables += 1
        return f"v{self._variables}"

    def assign(self, expression: str, also: str = "") -> None:
        """Push what an expression is now."""
        name = self.variable()
        self.lines.append(f"{name}{also} = {expression}")
        self.push(name)

    def assign_numbered(self, expression: str) -> str:
        """Push what an expression of nothing that changes is; return the variable.

        Equal expressions have one variable: what is wanted twice is computed once.
        """
        if expression in self._numbering:
            self.push(self._numbering[expression])
        else:
            self.assign(expression)
            self._numbering[expression] = str(self.stack[-1])
        return self._numbering[expression]

    def exit_to(self, position: str, indent: str = "") -> None:
        """Put the stack in order and go on somewhere else."""
        self._restore_stack(indent)
        # the loop sees to gas below zero: one test there instead of one at each exit
        self.lines.append(f"{indent}return {position}, gas - {self.gas}")

    def loop(self, indent: str = "") -> None:
        """Put the stack in order, which must be as high as at the beginning, and go on there."""
        self._restore_stack(indent)
        self.pay(indent)
        self.lines.append(f"{indent}{LOOP}")

    def pay(self, indent: str = "") -> None:
        """Pay for the instructions so far, and leave where that is out of gas."""
        lines = f"gas -= {self.gas}", "if gas < 0:", "    return 0, gas"
        self.lines += [indent + line for line in lines]

    def _restore_stack(self, indent: str) -> None:
        self.memory.stop_merging()
        before, now = self.inputs, self.stack
        same = 0
        while same < min(len(before), len(now)) and before[same] == now[same]:
            same += 1
        gone, new = len(before) - same, ", ".join(map(text_of, now[same:]))
        if gone and new:
            self.lines.append(f"{indent}values[-{gone}:] = ({new},)")
        elif gone:
            self.lines.append(f"{indent}del values[-{gone}:]")
        elif new:
            self.lines.append(f"{indent}values.extend(({new},))")

    def function(self, destinations: frozenset[int], filename: str) -> Any:
        """Compile the lines, under a name of their own."""
        # what was computed only to be moved on a stack that nobody looks at is dead by now
        lines, used = _without_unused(self.lines)
        inputs = {f"s{n + 1}": f"values[-{n + 1}]" for n in range(len(self.inputs))}
        bound = [f"{name} = {source}" for name, source in BINDINGS.items() if name in used]
        lines[:0] = [f"{name} = {source}" for name, source in inputs.items() if name in used]
        if LOOP in used:
            lines = ["while True:", *("    " + line for line in lines)]
        head = "def trace(frame, values, gas, destinations=destinations):"
        source = "\n    ".join((head, *bound, *lines)) + "\n"
        keep(filename, source)
        made: dict[str, Any] = {"destinations": destinations}
        exec(compile(source, filename, "exec"), _NAMES, made)  # noqa: S102 - written here
        return made["trace"]


def text_of(value: Value) -> str:
    """Return how a value is written."""
    return value if isinstance(value, str) else hex(value)


def _without_unused(lines: list[str]) -> tuple[list[str], set[str]]:
    """Leave out variables that nobody uses; return the other lines, and what names are in them."""
    kept: list[str] = []
    used: set[str] = set()
    for line in reversed(lines):
        variable = ASSIGNMENT.match(line)
        if variable is None or variable[1] in used:
            used.update(NAME.findall(line))
            kept.append(line)
    kept.reverse()
    return kept, used
