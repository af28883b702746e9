"""The schemas of files, made once for all tests that look at them."""

from jsonschema import Draft202012Validator

from simulator.reference.editor_schema import editor_schema, study_editor_schema
from simulator.reference.json_schema import json_schema
from simulator.reference.study_schema import study_schema

SCENARIO = json_schema()
SCENARIO_IN_EDITORS = editor_schema()
STUDY = study_schema()
STUDY_IN_EDITORS = study_editor_schema()

SCENARIO_VALIDATOR = Draft202012Validator(SCENARIO)
EDITOR_VALIDATOR = Draft202012Validator(SCENARIO_IN_EDITORS)
