"""The command `simulator schema`."""

import json

import click


@click.command()
@click.option("--markdown", is_flag=True, help="Print a reference page for people instead.")
@click.option("--journal", is_flag=True, help="Print the page about the journal instead.")
def schema(markdown: bool, journal: bool) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    if journal:
        from simulator.reference import journal_page  # noqa: PLC0415 - not for --help

        print(journal_page.markdown(), end="")
        return
    if markdown:
        from simulator.reference import scenario_page  # noqa: PLC0415 - not for --help

        print(scenario_page.markdown(), end="")
        return
    from simulator.reference.editor_schema import editor_schema  # noqa: PLC0415

    print(json.dumps(editor_schema(), indent=2))
