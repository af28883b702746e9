"""The names of what a run leaves behind."""

REPORT = "report.json"
GRAPH = "network.graphml"
TIMINGS = "timings.json"
PAGE = "report.html"
PICTURE = "network.svg"
JOURNAL = "journal.jsonl"
NODES = "nodes.csv"
CHANNELS = "channels.csv"
GAS = "gas.csv"
PAYMENTS = "payments.csv"
WORKLOADS = "workloads.csv"
MANIFEST = "manifest.json"
FILES = (
    REPORT,
    GRAPH,
    TIMINGS,
    PAGE,
    PICTURE,
    JOURNAL,
    NODES,
    CHANNELS,
    GAS,
    PAYMENTS,
    WORKLOADS,
    MANIFEST,
)
