"""The control API: payments that are made by themselves, until they end or are stopped."""

from typing import Annotated, Any, cast

from fastapi import Path
from pydantic import Field, WithJsonSchema

from simulator.api.body import Body, Integer, Number, plain
from simulator.api.context import Read, Served, new_router
from simulator.api.errors import documented
from simulator.api.schemas import AddressText, Answer
from simulator.forms.checking import checked
from simulator.words.units import parse_address, parse_address_field
from simulator.workloads.form import WORKLOAD_PARTS, WorkloadPart
from simulator.workloads.listed import FOLDER
from simulator.workloads.workload import Workload

router = new_router()

TAG = "workloads"


def _part(name: str) -> Any:
    """Return what documents a part as scenario files have it; what it holds is checked later."""
    schema = WORKLOAD_PARTS[name].model_json_schema()
    schema.get("properties", {}).pop("file", None)  # which nobody may name from elsewhere
    return WithJsonSchema(schema)


class WorkloadBody(Body):
    """What is paid, in the words of scenario files; without an end, until somebody stops it."""

    name: Annotated[str | None, Field(description="By default its number.")] = None
    payments: Annotated[Integer | None, Field(description="How many at most.")] = None
    seconds: Annotated[
        Number | None, Field(description="For how many virtual seconds payments begin.")
    ] = None
    arrivals: Annotated[dict[str, Any] | None, _part("arrivals")] = None
    amounts: Annotated[dict[str, Any] | None, _part("amounts")] = None
    pairs: Annotated[dict[str, Any] | None, _part("pairs")] = None
    activity: Annotated[dict[str, Any] | None, _part("activity")] = None
    held: Annotated[
        bool, Field(description="Whether nobody knows the secrets: locks stay until they expire.")
    ] = False
    token: Annotated[AddressText | None, Field(description="The first token if left out.")] = None


class LatencyInfo(Answer):
    """How long payments took that succeeded, in virtual seconds."""

    mean: float
    p50: float
    p90: float
    p99: float
    most: float


class WorkloadInfo(Answer):
    """A workload, and what its payments have come to so far."""

    name: str
    began: Annotated[float, Field(description="In virtual seconds since the start.")]
    over: Annotated[bool, Field(description="Whether all its payments have been answered.")]
    stopped: Annotated[bool, Field(description="Whether somebody has stopped it.")]
    payments: int
    succeeded: int
    failed: int
    pending: int
    success_rate: Annotated[float | None, Field(description="Of those that are over, 0 to 1.")]
    success_low: Annotated[float, Field(description="The lower end of its 95 % interval.")]
    success_high: float
    amount: Annotated[int, Field(description="Tokens in those that are over.")]
    amount_paid: int
    success_of_amount: float | None
    mean_attempts: float | None
    mean_hops: float | None
    fees: int
    mediator_fees: int
    locked_token_blocks: float
    failures: Annotated[dict[str, int], Field(description="How many failed, by reason.")]
    seconds: LatencyInfo | None


class WorkloadsInfo(Answer):
    """All workloads that have begun."""

    workloads: list[WorkloadInfo]


@router.get("/workloads", tags=[TAG])
async def get_workloads(context: Served) -> WorkloadsInfo:
    """Show all workloads that have begun, and what they have come to so far."""
    return WorkloadsInfo(workloads=[_info(one) for one in context.testnet.workloads])


Name = Annotated[str, Path(description="The workload's.")]


@router.get("/workloads/{name}", responses=documented(404), tags=[TAG])
async def get_workload(context: Served, name: Name) -> WorkloadInfo:
    """Show what a workload has come to so far."""
    return _info(context.testnet.workloads.find(name))


@router.post("/workloads", responses=documented(404, 409, 503), tags=[TAG])
async def begin(context: Served, body: Read[WorkloadBody]) -> WorkloadInfo:
    """Begin a workload; time passes while it lasts, at the pace of the testnet."""
    asked, testnet = body(), context.testnet
    given = {
        name: plain(name, getattr(asked, name))
        for name in WorkloadBody.model_fields
        if name != "token" and getattr(asked, name) is not None
    }
    part = checked(WorkloadPart, given, "", {"nodes": len(testnet.nodes), FOLDER: None})
    token = (
        parse_address(testnet.token)
        if asked.token is None
        else parse_address_field("token", asked.token)
    )
    workload, _ = context.driver.act(lambda: testnet.workloads.begin(part, token))
    return _info(workload)


@router.post("/workloads/{name}/stop", responses=documented(404), tags=[TAG])
async def stop(context: Served, name: Name) -> WorkloadInfo:
    """Let a workload make no more payments; those in progress go on."""
    workload = context.testnet.workloads.find(name)
    context.driver.act(workload.stop)
    return _info(workload)


def _info(workload: Workload) -> WorkloadInfo:
    told = {
        "name": workload.name,
        "began": workload.began,
        "over": workload.is_over,
        "stopped": workload.stopped,
        **workload.statistics().as_dict(),
    }
    return cast("WorkloadInfo", told)
