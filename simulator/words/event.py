"""What every event is; the kinds of events are in `events`."""

from msgspec import Struct

from simulator.words.units import Address


class Event(Struct, frozen=True, gc=False):
    """Anything that the journal records."""

    @property
    def parties(self) -> tuple[Address, ...]:
        """Addresses whose own state this event changes."""
        return ()


class ChainEvent(Event, frozen=True):
    """A decoded log of a contract."""

    contract: Address
    block_number: int
