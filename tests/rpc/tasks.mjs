// What the clients have in common: contracts, and tasks of which each says how it went.
import { readFileSync } from "node:fs";

const [, , rpcUrl, artifacts, secret] = process.argv;
export const url = rpcUrl;
export const key = secret;

function artifact(name) {
  return JSON.parse(readFileSync(`${artifacts}/${name}.json`));
}

export const token = artifact("CustomToken");
export const tokenArguments = [1000n, 18, "Sample", "SMP"];

// whatever it is deployed with here, it refuses
export const refusing = artifact("TokenNetworkRegistry");
export const refusedArguments = [`0x${"11".repeat(20)}`, 0n, 0n, 0n];
export const refusal = "TNR: invalid settle timeout min";

export const stranger = `0x${"77".repeat(20)}`;

export const typed = {
  domain: { name: "Sample", version: "1", chainId: 1337 },
  types: { Order: [{ name: "by", type: "address" }, { name: "amount", type: "uint256" }] },
  message: { by: stranger, amount: 5n },
};

export function equal(found, expected) {
  const text = (value) =>
    JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}n` : one));
  if (text(found) !== text(expected)) {
    throw new Error(`${text(found)} instead of ${text(expected)}`);
  }
}

export function holds(found, what) {
  if (!found) throw new Error(`it does not hold: ${what}`);
}

export async function run(tasks) {
  const results = {};
  for (const [name, task] of Object.entries(tasks)) {
    try {
      const begun = Date.now();
      await task();
      if (process.env.VERBOSE) console.error(name, Date.now() - begun);
      results[name] = "ok";
    } catch (error) {
      results[name] = String(error.stack ?? error).slice(0, 2000);
    }
  }
  console.log(JSON.stringify(results));
  process.exit(); // subscriptions are open, which would keep it alive
}
