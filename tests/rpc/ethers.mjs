// The tasks of ethers 6: node ethers.mjs URL ARTIFACTS KEY
import * as ethers from "ethers";
import * as common from "./tasks.mjs";
import { equal, holds, key, stranger, token, url } from "./tasks.mjs";

const provider = new ethers.JsonRpcProvider(url, undefined, {
  pollingInterval: 100,
  cacheTimeout: -1, // blocks come faster here than it forgets a nonce
});
const wallet = new ethers.Wallet(key, provider);
const { address } = wallet;
const unlocked = await provider.getSigner(1);
let contract, receipt;

function requester() {
  return { request: ({ method, params }) => provider.send(method, params ?? []) };
}

async function refusalOf(work) {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was refused");
}

await common.run({
  network: async () => equal((await provider.getNetwork()).chainId, 1337n),
  balance: async () => holds((await provider.getBalance(address)) > 10n ** 18n, "it is rich"),
  block: async () => {
    const block = await provider.getBlock("latest", true);
    equal(block.number, await provider.getBlockNumber());
    equal((await provider.getBlock(block.hash)).hash, block.hash);
  },
  feeData: async () => holds((await provider.getFeeData()).maxFeePerGas > 0n, "there is a fee"),
  deploy: async () => {
    const factory = new ethers.ContractFactory(token.abi, token.bytecode, wallet);
    contract = await factory.deploy(...common.tokenArguments);
    await contract.waitForDeployment();
    equal(await provider.getCode(await contract.getAddress()) !== "0x", true);
  },
  call: async () => {
    equal(await contract.symbol(), "SMP");
    equal(await contract.balanceOf(address), 1000n);
  },
  estimate: async () => {
    const gas = await contract.transfer.estimateGas(stranger, 1n);
    holds(gas > 21_000n && gas < 100_000n, `${gas} is an estimate`);
  },
  sendAndWait: async () => {
    receipt = await (await contract.transfer(stranger, 5n)).wait();
    equal([receipt.status, receipt.logs.length], [1, 1]);
    equal(await contract.balanceOf(stranger), 5n);
  },
  waitForConfirmations: async () => {
    const sent = await wallet.sendTransaction({ to: stranger, value: 1n });
    const found = await sent.wait(3);
    holds((await found.confirmations()) >= 3, "it has three");
  },
  logs: async () => {
    const filter = { address: await contract.getAddress(), fromBlock: 0, toBlock: "latest" };
    const logs = await provider.getLogs(filter);
    equal(logs.map((log) => log.removed), [false, false].slice(0, logs.length));
    holds(logs.some((log) => log.transactionHash === receipt.hash), "the transfer is there");
  },
  queryFilter: async () => {
    const found = await contract.queryFilter(contract.filters.Transfer(address, stranger), 0);
    equal(found.map((event) => event.args[2]), [5n]);
  },
  contractEvent: async () => {
    const seen = new Promise((resolve) => contract.once("Transfer", (...told) => resolve(told[2])));
    await new Promise((resolve) => setTimeout(resolve, 300)); // it looks for logs from now on
    await (await contract.transfer(stranger, 6n)).wait();
    equal(await seen, 6n);
  },
  blockEvent: async () => {
    const seen = new Promise((resolve) => provider.once("block", resolve));
    await wallet.sendTransaction({ to: stranger, value: 1n });
    holds((await seen) > 0, "a block came");
  },
  unlockedSigner: async () => {
    const sent = await unlocked.sendTransaction({ to: stranger, value: 2n });
    equal((await sent.wait()).status, 1);
  },
  accounts: async () => {
    const accounts = await provider.listAccounts();
    equal([accounts.length, accounts[0].address], [10, address]);
  },
  code: async () => holds((await provider.getCode(await contract.getAddress())).length > 100, "code"),
  nonce: async () => {
    const nonce = await provider.getTransactionCount(address);
    equal(nonce, await provider.getTransactionCount(address, "pending"));
  },
  revertReason: async () => {
    const factory = new ethers.ContractFactory(common.refusing.abi, common.refusing.bytecode, wallet);
    const error = await refusalOf(factory.deploy(...common.refusedArguments));
    equal([error.code, error.reason], ["CALL_EXCEPTION", common.refusal]);
  },
  insufficientFunds: async () => {
    const error = await refusalOf(unlocked.sendTransaction({ to: stranger, value: 10n ** 30n }));
    equal(error.code, "INSUFFICIENT_FUNDS");
  },
  transaction: async () => {
    const found = await provider.getTransaction(receipt.hash);
    equal([found.hash, found.from, found.chainId], [receipt.hash, address, 1337n]);
  },
  parallelBatch: async () => {
    const numbers = [...Array(20).keys()];
    const storage = await Promise.all(
      numbers.map((slot) => provider.getStorage(contract.getAddress(), slot)),
    );
    equal(storage.length, 20);
  },
  browserProvider: async () => {
    const browser = new ethers.BrowserProvider(requester());
    const signer = await browser.getSigner();
    equal(signer.address, address);
    const text = await signer.signMessage("hello");
    equal(ethers.verifyMessage("hello", text), address);
  },
  typedSignature: async () => {
    const { domain, types, message } = common.typed;
    const signature = await unlocked.signTypedData(domain, types, message);
    equal(ethers.verifyTypedData(domain, types, message, signature), unlocked.address);
    equal(ethers.verifyMessage("hello", await unlocked.signMessage("hello")), unlocked.address);
  },
  noNames: async () => {
    const error = await refusalOf(provider.resolveName("somebody.eth"));
    equal(error.code, "UNSUPPORTED_OPERATION");
    holds(error.shortMessage.includes("does not support ENS"), `it says so in ${error}`);
  },
  webSocket: async () => {
    const socket = new ethers.WebSocketProvider(url.replace("http", "ws"));
    const seen = new Promise((resolve) => socket.once("block", resolve));
    equal((await socket.getNetwork()).chainId, 1337n);
    await (await wallet.sendTransaction({ to: stranger, value: 1n })).wait(2);
    holds((await seen) > 0, "a block was told");
    await socket.destroy();
  },
});
