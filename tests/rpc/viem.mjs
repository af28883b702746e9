// The tasks of viem 2: node viem.mjs URL ARTIFACTS KEY
import * as viem from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { localhost } from "viem/chains";
import * as common from "./tasks.mjs";
import { equal, holds, key, stranger, token, url } from "./tasks.mjs";

const transport = viem.http(url, { batch: true });
const options = { chain: localhost, transport, pollingInterval: 100, cacheTime: 0 };
const reader = viem.createPublicClient(options);
const account = privateKeyToAccount(key);
const wallet = viem.createWalletClient({ ...options, account });
const tester = viem.createTestClient({ ...options, mode: "anvil" });
const [, second] = await reader.request({ method: "eth_accounts" });
const unlocked = viem.createWalletClient({ ...options, account: second });
const { abi, bytecode } = token;
let address, receipt;

async function refusalOf(work) {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was refused");
}

const read = (functionName, ...args) => reader.readContract({ address, abi, functionName, args });
const wait = (hash, more = {}) => reader.waitForTransactionReceipt({ hash, ...more });
const transfer = (amount) =>
  wallet.writeContract({ address, abi, functionName: "transfer", args: [stranger, amount] });

await common.run({
  network: async () => equal(await reader.getChainId(), localhost.id),
  balance: async () => holds((await reader.getBalance(account)) > 10n ** 18n, "it is rich"),
  block: async () => {
    const block = await reader.getBlock({ includeTransactions: true });
    equal((await reader.getBlock({ blockHash: block.hash })).number, block.number);
    holds((await reader.getBlockNumber()) >= block.number, "it is counted");
  },
  feeData: async () => {
    holds((await reader.estimateFeesPerGas()).maxFeePerGas > 0n, "there is a fee");
    const history = await reader.getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 50] });
    equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  },
  deploy: async () => {
    const hash = await wallet.deployContract({ abi, bytecode, args: common.tokenArguments });
    address = (await wait(hash)).contractAddress;
    holds(viem.isAddress(address), "there is an address");
  },
  call: async () => {
    equal(await read("symbol"), "SMP");
    equal(await read("balanceOf", account.address), 1000n);
  },
  estimate: async () => {
    const call = { address, abi, functionName: "transfer", args: [stranger, 1n], account };
    const gas = await reader.estimateContractGas(call);
    holds(gas > 21_000n && gas < 100_000n, `${gas} is an estimate`);
  },
  sendAndWait: async () => {
    receipt = await wait(await transfer(5n));
    equal([receipt.status, receipt.type, receipt.logs.length], ["success", "eip1559", 1]);
    equal(await read("balanceOf", stranger), 5n);
  },
  olderTypes: async () => {
    for (const type of ["legacy", "eip2930"]) {
      const sent = await wallet.sendTransaction({ to: stranger, value: 1n, type });
      equal((await wait(sent)).type, type);
    }
  },
  waitForConfirmations: async () => {
    const sent = await wallet.sendTransaction({ to: stranger, value: 1n });
    const found = await wait(sent, { confirmations: 3 });
    holds((await reader.getBlockNumber()) >= found.blockNumber + 2n, "there are three");
  },
  logs: async () => {
    const logs = await reader.getLogs({ address, fromBlock: 0n, toBlock: "latest" });
    holds(logs.some((log) => log.transactionHash === receipt.transactionHash), "it is there");
    const inBlock = await reader.getLogs({ address, blockHash: receipt.blockHash });
    equal(inBlock.map((log) => log.removed), [false]);
  },
  queryFilter: async () => {
    const wanted = { address, abi, eventName: "Transfer", args: { _to: stranger }, fromBlock: 0n };
    const found = await reader.getContractEvents(wanted);
    holds(found.some((event) => event.args._value === 5n), "it is found");
    const filter = await reader.createContractEventFilter(wanted);
    equal((await reader.getFilterLogs({ filter })).length, found.length);
    equal(await reader.uninstallFilter({ filter }), true);
  },
  contractEvent: async () => {
    const seen = new Promise((onLogs) =>
      reader.watchContractEvent({ address, abi, eventName: "Transfer", onLogs, poll: true }),
    );
    await new Promise((resolve) => setTimeout(resolve, 300)); // its filter is made by then
    await transfer(6n);
    equal((await seen)[0].args._value, 6n);
  },
  blockEvent: async () => {
    const seen = new Promise((onBlock) => reader.watchBlocks({ onBlock }));
    holds((await seen).number > 0n, "there is one");
  },
  pendingEvent: async () => {
    const filter = await reader.createPendingTransactionFilter();
    const sent = await wallet.sendTransaction({ to: stranger, value: 1n });
    equal(await reader.getFilterChanges({ filter }), [sent]);
  },
  unlockedSigner: async () => {
    const sent = await unlocked.sendTransaction({ to: stranger, value: 2n });
    equal((await wait(sent)).status, "success");
  },
  accounts: async () => equal((await unlocked.getAddresses()).length, 10),
  code: async () => holds((await reader.getCode({ address })).length > 100, "there is code"),
  nonce: async () => {
    const counts = { address: account.address };
    const pending = await reader.getTransactionCount({ ...counts, blockTag: "pending" });
    holds(pending >= (await reader.getTransactionCount(counts)), "it is counted");
  },
  revertReason: async () => {
    const { abi, bytecode } = common.refusing;
    const error = await refusalOf(
      wallet.deployContract({ abi, bytecode, args: common.refusedArguments }),
    );
    holds(String(error).includes(common.refusal), `the reason is in ${error}`);
  },
  insufficientFunds: async () => {
    const error = await refusalOf(wallet.sendTransaction({ to: stranger, value: 10n ** 30n }));
    holds(error.walk((one) => one.name === "InsufficientFundsError"), `it is in ${error}`);
  },
  transaction: async () => {
    const found = await reader.getTransaction({ hash: receipt.transactionHash });
    equal([found.from, found.chainId], [account.address.toLowerCase(), 1337]);
  },
  parallelBatch: async () => {
    const slots = [...Array(20).keys()].map((slot) => viem.toHex(slot));
    const found = await Promise.all(slots.map((slot) => reader.getStorageAt({ address, slot })));
    equal(found.length, 20);
  },
  typedSignature: async () => {
    const request = { ...common.typed, primaryType: "Order" };
    const signature = await unlocked.signTypedData(request);
    equal(await viem.verifyTypedData({ ...request, address: second, signature }), true);
    const signed = await unlocked.signMessage({ message: "hello" });
    equal(await viem.verifyMessage({ address: second, message: "hello", signature: signed }), true);
  },
  timeAndMoney: async () => {
    const before = await reader.getBlock();
    await tester.mine({ blocks: 3 });
    await tester.increaseTime({ seconds: 3600 });
    const after = await reader.getBlock();
    holds(after.timestamp >= before.timestamp + 3600n, "an hour is over");
    await tester.setBalance({ address: stranger, value: 10n ** 18n });
    equal(await reader.getBalance({ address: stranger }), 10n ** 18n);
    await tester.impersonateAccount({ address: stranger });
    const poor = viem.createWalletClient({ ...options, account: stranger });
    const sent = await poor.sendTransaction({ to: account.address, value: 1n });
    equal((await wait(sent)).from, stranger);
    await tester.stopImpersonatingAccount({ address: stranger });
    const error = await refusalOf(tester.snapshot());
    holds(String(error).includes("can't go back"), `it says so in ${error}`);
  },
  noNames: async () => {
    const error = await refusalOf(reader.getEnsAddress({ name: "somebody.eth" }));
    equal(error.name, "ChainDoesNotSupportContract");
  },
  webSocket: async () => {
    const transport = viem.webSocket(url.replace("http", "ws"));
    const socket = viem.createPublicClient({ chain: localhost, transport });
    const block = new Promise((onBlockNumber) => socket.watchBlockNumber({ onBlockNumber }));
    const event = new Promise((onLogs) =>
      socket.watchContractEvent({ address, abi, eventName: "Transfer", onLogs }),
    );
    await socket.getChainId(); // what was asked before is answered by then
    await new Promise((resolve) => setTimeout(resolve, 300));
    await transfer(8n);
    equal((await event)[0].args._value, 8n);
    holds((await block) > 0n, "a block was told");
  },
});
