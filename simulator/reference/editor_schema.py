"""The JSON Schemas of scenario files and of study files as editors need them.

An editor sees a file as it is written and not as our reader does: a template is not rendered yet,
sets of parameters are a YAML document of their own, and `1_000` is a text by YAML 1.2. The schema
is wider by just that, so that an editor marks nothing that `simulator validate` takes.
"""

from typing import Any

from simulator.forms import parameters
from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.reference.json_schema import json_schema
from simulator.reference.study_schema import study_schema

Json = dict[str, Any]

EXPRESSION = r"\{\{"
"""In a text: a template puts something there."""

A_MAPPING = {"type": "object", "errorMessage": "does not belong here"}
"""What the key of `{{ nodes }}` is to readers of YAML: they see a mapping in a mapping.

No other mapping passes where this is asked of the keys, so that a real one is still a mistake.
"""

_GROUPS = "[1-9][0-9]*_[0-9_]*"
_TRUTH = "[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]"
_WORDS = {
    "integer": f"{_GROUPS}$",
    "number": rf"{_GROUPS}(?:\.[0-9_]*)?$",
    "boolean": f"^(?!(?:true|True|TRUE|false|False|FALSE)$)(?:{_TRUTH})$",
}
"""What our reader takes for a number or a truth without quotes, and YAML 1.2 for a text.

What is one to both is missing here, so that one in quotes, which is a text to our reader, is still
a mistake.
"""

_WANTED = {
    "integer": "must be a whole number",
    "number": "must be a number",
    "boolean": "must be true or false",
}
"""What an editor says otherwise, instead of listing all that the schema was widened by."""

_TITLES = {"step": "task", "EventPart": "event"}
"""Of those definitions whose names tell users nothing."""


def editor_schema() -> Json:
    """Return the schema for editors, ready for `json.dumps`."""
    exact = json_schema()
    dialect, title, definitions = (exact.pop(key) for key in ("$schema", "title", "$defs"))
    for name, definition in definitions.items():
        _entitle(definition, name)
    return {
        "$schema": dialect,
        "title": title,
        "if": {"type": "object", "required": [parameters.KEY]},
        "then": {"$ref": f"#/$defs/{parameters.KEY}"},
        "else": {"$ref": "#/$defs/scenario"},
        "$defs": _each_widened({parameters.KEY: _head(), "scenario": exact, **definitions}),
    }


def study_editor_schema() -> Json:
    """Return the schema of study files for editors, ready for `json.dumps`."""
    exact = study_schema()
    dialect, title, definitions = (exact.pop(key) for key in ("$schema", "title", "$defs"))
    for name, definition in definitions.items():
        _entitle(definition, name)
    widened = _widened(exact)
    return {"$schema": dialect, "title": title, **widened, "$defs": _each_widened(definitions)}


def _entitle(definition: Json, name: str) -> None:
    """Give a mapping a name, by which editors offer it and say that it is missing."""
    for form in (definition, *definition.get("anyOf", ())):
        if form.get("type") == "object":
            form["title"] = _TITLES.get(name, name.removeprefix("task."))


def _head() -> Json:
    """Return what the first of two documents is: sets of parameters."""
    seed = {"type": "integer", "minimum": MIN_SEED, "maximum": MAX_SEED}
    variables = {
        "type": ["object", "null"],
        "properties": {
            **dict.fromkeys(parameters.RESERVED, False),
            parameters.SEED: {**seed, "description": "instead of the file's own seed"},
        },
        "patternProperties": {
            f"^{parameters.VARIABLE}$": {"type": ["string", "number", "boolean", "array"]}
        },
        "additionalProperties": False,
    }
    sets = {
        "type": "object",
        "description": "sets of variables for the template by name; each is a run of its own",
        "patternProperties": {f"^{parameters.SET}$": variables},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {
        "type": "object",
        "properties": {parameters.KEY: sets},
        "additionalProperties": False,
    }


def _widened(schema: Json) -> Json:
    """Return a schema, and all in it, that also takes what an editor reads in another way."""
    wider = dict(schema)
    for key in {"properties", "patternProperties"} & schema.keys():
        wider[key] = _each_widened(schema[key])
    for key in {"anyOf", "oneOf"} & schema.keys():
        wider[key] = [_widened(form) for form in schema[key]]
    for key in {"items", "additionalProperties"} & schema.keys():
        wider[key] = _widened(schema[key]) if isinstance(schema[key], dict) else schema[key]
    if "enum" in wider or "const" in wider:
        return _or_expression(wider)
    kinds = wider.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return _wider_type(wider, kinds) if {*_WORDS, "string", "array"}.intersection(kinds) else wider


def _each_widened(schemas: Json) -> Json:
    return {
        name: _widened(schema) if isinstance(schema, dict) else schema
        for name, schema in schemas.items()
    }


def _or_expression(schema: Json) -> Json:
    """Let an expression stand for one of several words."""
    told: Json = {key: schema.pop(key) for key in ("description", "default") if key in schema}
    text = {"type": "string", "pattern": EXPRESSION}
    return {"anyOf": [schema, text, {"type": "object", "propertyNames": A_MAPPING}], **told}


def _wider_type(schema: Json, kinds: list[str]) -> Json:
    """Let an expression stand for a value, and what is one in our reader's eyes only.

    In one schema, not in alternatives: editors then say more clearly what is wrong.
    """
    wider = {**schema, "type": [*kinds, "object"], "propertyNames": A_MAPPING}
    (kind, *others) = kinds
    if kind in _WORDS and not others:
        wider["type"] = [kind, "string", "object"]
        sign = "" if kind == "boolean" else "^[+]?" if schema.get("minimum", -1) >= 0 else "^[-+]?"
        wider |= {"pattern": sign + _WORDS[kind], "errorMessage": _WANTED[kind]}
    elif "pattern" in schema:
        wider["pattern"] += f"|{EXPRESSION}"
    return wider
