"""The command `simulator schema`."""

import json
from importlib import import_module

import click


@click.command()
@click.option("--study", is_flag=True, help="About study files instead.")
@click.option("--markdown", is_flag=True, help="Print a reference page for people instead.")
@click.option("--journal", is_flag=True, help="Print the page about the journal instead.")
def schema(study: bool, markdown: bool, journal: bool) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    # each is imported when it is asked for: --help must not take a second
    if journal:
        if study:
            raise click.UsageError("--journal and --study exclude each other.")
        print(import_module("simulator.reference.journal_page").markdown(), end="")
    elif markdown:
        name = "study_page" if study else "scenario_page"
        print(import_module(f"simulator.reference.{name}").markdown(), end="")
    else:
        schemas = import_module("simulator.reference.editor_schema")
        made = schemas.study_editor_schema() if study else schemas.editor_schema()
        print(json.dumps(made, indent=2))
