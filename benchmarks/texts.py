"""What docs/performance.md says beside its figures."""

INTRODUCTION = """
How fast the simulator is, and where its time goes. `make bench` measures it on your machine in
some twenty minutes and writes this page anew; `make bench-million` adds a million nodes, and half
a million channels to start with, which takes up to half an hour, and 8 GB. Compare ratios rather
than seconds: other machines are faster or slower, ratios hardly differ.
"""

TRANSACTIONS = """
Each way opens channels between accounts (`openChannel`) and deposits into each
(`setTotalDeposit`); figures are transactions in a second, the medians of several rounds that
pytest-benchmark has timed. The ratio is to the first row: web3.py's defaults on eth-tester's own
backend, gas given, one block for each transaction, measured in the same run. Ways inside the
process count the processor's time, ways to anvil the wall's.
"""

LEDGER = """
Nodes take the way through the ledger: typed calls go in, decoded events come out, and a block
holds what fits into a slot. Ratios are to the same web3.py as above; the last column is 500 empty
blocks after one that is not.
"""

NETWORKS = """
An empty network, a target of 3 channels and funds of 100 for each node. *Join* ends when
everything is at rest, deposits into the channels of others included. Then all nodes leave: every
channel is closed and settled after 500 blocks, and all tokens come back. *At once* means that all
nodes begin at the same moment, *waves* that the next 100 begin when the last 100 are in. *CPU* is
the processor's part of the time before it.
"""

YIELDS = """
The same by what it yields. *Channels* are those between nodes, without Raiden's bootstrap
address. Leaving has a quarter more transactions than joining, and takes as much longer, since
every channel is closed and settled, the bootstrap channels too; in waves, those who stay open new
channels meanwhile. *Joining tx/s* and *leaving tx/s* tell how many are done in a second. *Each
join* is the processor's time. Every size has a process of its own, whose peak of memory includes
Python and all libraries, but not an anvil. Sizes and leaves that take many minutes are measured
by `--full` only.
"""

START_GRAPHS = """
Scale-free graphs, with five channels for each node that came, which are opened and funded before a
testnet is there: a transaction for each channel and, if both ends put something into it, another
one. No function has much of the time: a fifth is the journal, with its digest and all whom it
tells, a third the calls of nodes, with their queues and checks, a tenth the ledger, and the rest
the mempool with deadlines and receipts. In a large network most of what is looked up is in no
cache.
"""

MILLION = """
In waves of 100. Joining takes as many steps as with a tenth of the nodes; what makes each dearer is
the memory: several gigabytes in no order that a processor could foresee.
[Memory of a node](#memory-of-a-node) tells what they hold, [the profile](#where-the-time-goes) of
10,000 nodes where the time goes.
"""

NODE_MEMORY = """
What a million nodes need, told for one of twenty thousand that have joined on the model, in waves,
each with a target of three channels: half of what it is an end of counts as its own. No part
dominates: a tenth each are what both ends know of their channels, the peer graph, its like of the
oldest moment that the journal still covers, the contracts' channels, and the tables in which all
these are found. An allocator adds some eight bytes to each object. *dict, ChannelBook* are the
dictionaries in channel books.
"""

LARGE_PAGES = """
The processor's time in which the networks of [graphs to start from](#graphs-to-start-from) start,
funded from one end, with memory in pages of 4 KiB and of 2 MiB: the medians of five in turn. On a
virtual machine most of the time can be lost in looking for pages. The command line and these
benchmarks take large pages where Linux gives them to those who ask (`[madvise]` in
`/sys/kernel/mm/transparent_hugepage/enabled`), by starting anew once with two variables set, and
`make test` sets them, too. For Python, pytest and notebooks of your own, set them yourself:
"""

WHOLE_LIFE = """
Nodes join on contracts, pay each other over the shortest ways, one payment after the other, and
leave: every channel is closed with its balance proofs and settled, and every wallet holds in the
end what its node believed to have off the chain.
"""

STUDIES = """
What a study costs beside its runs, which are only pretended: processes, claims, shards, keys that
come back, and tables at the end. *Client* is the memory of the process that waits for them all.
"""

STARTUP = """
From the start of the process, imports included, to the moment named: the median of several runs,
with file caches warm. *CPU* is what the process and its children have used of the processor.
"""

PAYMENTS = """
One after the other, with all messages and events, once the network is there: scale-free, with
five channels for each node that came. [Compiled](routing.md#what-searches-cost) is what the extra
`fast` brings. One process does all of it, row by row, and keeps the whole journal. Of a payment
with compiled searches a tenth is the search; the rest are a dozen messages, each of which is
booked, recorded and handled in turn at both ends.
"""

LATENCY = """
`GET /api/v1/connections` from many clients in another process, at rest and while all nodes join
at once. *Pause* is what each client waits after an answer: half a second is a script that polls.
Without one, the clients take whatever the server has left, the joins take longer for it, and a
stall counts only once for each client, which flatters the percentiles. *Connection* says whether
each request makes a new one, to one node after the other, or a client keeps its own. *At* is when
the one that took longest was asked for, since the beginning.
"""

HTTP_JOINS = """
`PUT /api/v1/connections/<token>` to all nodes of an empty network from many clients in another
process: each takes the next node, and waits for its answer. When everything is at rest, all nodes
leave by `DELETE` in the same way.
"""

KEPT = """
`simulator up` with nodes that all join and then all leave, in each round, through their own ports.
What is kept of the past is bounded, so memory grows until that many blocks and journal entries
have come, and stays where it is from then on.
"""

PROFILE = """
Profiles of nodes that all join, or leave, at once. The profiler makes small functions look dearer
than they are: read the shares as a hint.
"""
